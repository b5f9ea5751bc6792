/** What a model can make; the first dimension is its default. */
export interface EmbeddingModel {
  model: string;
  dimensions: number[];
}

/** The models of each provider that can be chosen; the first is the provider's default. */
export const embeddingModels: Record<string, EmbeddingModel[]> = {
  local: [
    { model: 'lexical-384', dimensions: [384] },
    { model: 'lexical-768', dimensions: [768] },
    { model: 'lexical-1024', dimensions: [1024] },
  ],
  bedrock: [
    { model: 'amazon.titan-embed-text-v2:0', dimensions: [1024, 512, 256] },
    { model: 'cohere.embed-multilingual-v3', dimensions: [1024] },
    { model: 'cohere.embed-english-v3', dimensions: [1024] },
    { model: 'cohere.embed-v4:0', dimensions: [1536, 1024, 512, 256] },
  ],
  openai: [
    { model: 'text-embedding-3-small', dimensions: [1536] },
    { model: 'text-embedding-3-large', dimensions: [3072] },
  ],
  transformers: [
    { model: 'Xenova/all-MiniLM-L6-v2', dimensions: [384] },
    { model: 'Xenova/bge-small-en-v1.5', dimensions: [384] },
    { model: 'Xenova/multilingual-e5-small', dimensions: [384] },
  ],
};
