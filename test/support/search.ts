import type { SearchResult } from '../../schema/generated/types.ts';
import { request } from './graphql-client.ts';
import type { LocalRuntime } from './local-runtime.ts';

/** Searches as the administrator and returns the answer with its texts. */
export async function search(runtime: LocalRuntime, input: Record<string, unknown>): Promise<SearchResult> {
  const data = await request<{ searchVectors: SearchResult }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    `query ($input: SearchInput!) {
      searchVectors(input: $input) {
        hits { id score distance text metadata fileId page file { id name } stages { stage rank score detail } }
        version
        stats { tookMs cold exact segments candidates matchedFilter bytesFetched estimatedCostUsd }
      }
    }`,
    { input },
  );
  return data.searchVectors;
}
