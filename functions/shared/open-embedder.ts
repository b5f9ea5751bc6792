import { createEmbeddingProvider } from '../embedding/create-embedding-provider.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type { DatabaseItem } from './database-item.ts';

/** Providers of one warm instance, by their configuration: there are few, and making one may load a model. */
const providers = new Map<string, EmbeddingProvider>();

/** Returns the embedding provider of a database, or null when its callers bring the vectors. */
export function openEmbedder({ embedding }: DatabaseItem): EmbeddingProvider | null {
  if (!embedding) return null;
  const { provider, model, dimension } = embedding;
  const key = JSON.stringify([provider, model, dimension]);
  let opened = providers.get(key);
  if (!opened) providers.set(key, (opened = createEmbeddingProvider({ provider, model, dimension })));
  return opened;
}
