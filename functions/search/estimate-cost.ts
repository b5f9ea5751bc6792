/** What one search used, as far as it can be counted. */
interface SearchUse {
  tookMs: number;
  memoryBytes: number;
  /** Object reads from S3. */
  objectReads: number;
  /** Records that are read for the hits, here or by the resolver. */
  records: number;
  /** Tokens that were embedded, by the provider's count. */
  embeddedTokens: number;
  embeddingProvider: string | null;
}

/** List prices in US dollars, us-east-1, on demand, without free tiers. */
const PRICES = {
  appSyncQuery: 4 / 1_000_000,
  lambdaRequest: 0.2 / 1_000_000,
  /** arm64. */
  lambdaGigabyteSecond: 0.0000133334,
  objectRead: 0.4 / 1_000_000,
  /** A strongly consistent read of up to 4 KB. */
  tableRead: 0.125 / 1_000_000,
  /** By provider; models of the same provider differ little beside the rest. Providers that run in the function cost nothing more. */
  embeddedToken: { bedrock: 0.02 / 1_000_000, openai: 0.02 / 1_000_000 } as Record<string, number>,
};

const BYTES_PER_GIGABYTE = 1024 ** 3;
/** The database item is read once for its settings and once for its pointer. */
const ITEM_READS = 2;

/** Estimates what a search cost: one API call, one function run, its object and table reads, and the embedding of its text. */
export function estimateCostUsd(use: SearchUse): number {
  const gigabyteSeconds = (use.memoryBytes / BYTES_PER_GIGABYTE) * (use.tookMs / 1_000);
  const tokenPrice = PRICES.embeddedToken[use.embeddingProvider ?? ''] ?? 0;
  return (
    PRICES.appSyncQuery +
    PRICES.lambdaRequest +
    gigabyteSeconds * PRICES.lambdaGigabyteSecond +
    use.objectReads * PRICES.objectRead +
    (ITEM_READS + use.records) * PRICES.tableRead +
    use.embeddedTokens * tokenPrice
  );
}
