/** Documents and queries are embedded differently by some models. */
export type EmbeddingKind = 'DOCUMENT' | 'QUERY';

export interface Embeddings {
  /** One vector for each text, in the texts' order. */
  vectors: Float32Array[];
  /** What the provider counted, or our estimate where it does not tell. */
  tokens: number;
}

/** Turns texts into vectors of one dimension; `embed` takes any number of texts, keeps to the provider's limits by itself, and fails with the reason of its signal soon after that aborts. */
export interface EmbeddingProvider {
  readonly name: string;
  readonly model: string;
  readonly dimension: number;
  /** The most texts that go to the provider in one call. */
  readonly maxBatch: number;
  /** Tells which service computes the vectors, where the model's name does not: vectors of two services must not be mixed. */
  readSource?(): Promise<string>;
  embed(texts: readonly string[], kind: EmbeddingKind, signal?: AbortSignal): Promise<Embeddings>;
}

export interface EmbeddingChoice {
  provider: string;
  model: string;
  dimension: number;
}
