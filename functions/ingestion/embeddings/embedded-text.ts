import { createHash } from 'node:crypto';
import type { EmbeddingChoice, EmbeddingProvider } from '../../embedding/embedding-provider.ts';
import type { Chunk } from '../chunk/chunk.ts';

export const DIGEST_BYTES = 32;

/** Returns the text that is embedded: the headings above a chunk tell what it is about when it does not say so itself. */
export function embeddedText({ text, headings }: Pick<Chunk, 'text' | 'headings'>): string {
  const missing = headings.filter((heading) => !text.includes(heading));
  return missing.length === 0 ? text : `${missing.join(' > ')}\n${text}`;
}

/** Returns the digest of the service that computes vectors. */
export async function digestSource(embedder: EmbeddingProvider): Promise<Buffer> {
  return createHash('sha256')
    .update((await embedder.readSource?.()) ?? '')
    .digest();
}

/** Returns what names a vector: the SHA-256 of the text and of what embeds it. */
export function digestText({ provider, model, dimension }: EmbeddingChoice, text: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([provider, model, dimension]))
    .update('\0')
    .update(text)
    .digest();
}
