import { Box, Stack, Typography } from '@mui/material';
import type { Hit, SearchInput, SearchResult } from '../../../schema/generated/types.ts';
import { CopyButton } from '../display/CopyButton.tsx';
import { formatAmount, formatBytes, formatCount } from '../display/format.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { useApi } from '../transport/api-context.tsx';
import { HitCard } from './HitCard.tsx';
import { printCurl, printGraphql } from './copy-as.ts';

/** The hits of a search, by rank or by file, and what the search did. */
export function SearchResults({ result, input }: { result: SearchResult; input: SearchInput }) {
  const { config } = useApi();
  const isRestricted = Boolean(input.filter ?? input.filterJson ?? input.fileIds ?? input.minScore);
  return (
    <section aria-label="Results">
      <Stack
        direction={{ xs: 'column', sm: 'row' }}
        spacing={1}
        sx={{ justifyContent: 'space-between', alignItems: { sm: 'center' }, mb: 1.5 }}
      >
        <Typography variant="body2" color="textSecondary" role="status">
          {describeStats(result)}
        </Typography>
        <Box sx={{ flexShrink: 0 }}>
          <CopyButton text={printGraphql(input)} label="Copy as GraphQL" />
          <CopyButton text={printCurl(input, config.graphqlUrl)} label="Copy as curl" />
        </Box>
      </Stack>
      {result.hits.length === 0 && (
        <EmptyState title="Nothing found">
          {isRestricted ? 'Loosen the filter or the minimum score.' : 'Try other words.'}
        </EmptyState>
      )}
      {result.groups ? (
        <Groups result={result} databaseId={input.databaseId} />
      ) : (
        <Hits hits={result.hits} databaseId={input.databaseId} />
      )}
    </section>
  );
}

function describeStats({ hits, stats, version }: SearchResult): string {
  return [
    formatAmount(hits.length, 'hit'),
    `${stats.tookMs.toFixed(stats.tookMs < 10 ? 1 : 0)} ms`,
    stats.exact ? 'exact' : 'approximate',
    `${formatCount(stats.candidates)} compared`,
    stats.matchedFilter !== null && `filter matches ${formatCount(stats.matchedFilter)}`,
    stats.bytesFetched > 0 && `${formatBytes(stats.bytesFetched)} read`,
    stats.cold && 'cold start',
    `version ${version.replace(/^0+(?=.)/, '')}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function Hits({ hits, databaseId, ranks }: { hits: Hit[]; databaseId: string; ranks?: Map<string, number> }) {
  return (
    <Stack component="ol" aria-label="Hits" spacing={1.5} sx={{ listStyle: 'none', p: 0, m: 0 }}>
      {hits.map((hit, index) => (
        <HitCard key={hit.id} hit={hit} rank={ranks?.get(hit.id) ?? index + 1} databaseId={databaseId} />
      ))}
    </Stack>
  );
}

/** Groups name their hits by id; the hits themselves stand in the ranking. */
function Groups({ result, databaseId }: { result: SearchResult; databaseId: string }) {
  const ranks = new Map(result.hits.map((hit, index) => [hit.id, index + 1]));
  const byId = new Map(result.hits.map((hit) => [hit.id, hit]));
  return (
    <Stack spacing={3}>
      {result.groups?.map((group) => (
        <section key={group.fileId ?? ''} aria-label={group.file?.name ?? 'Without a file'}>
          <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
            {group.file?.name ?? 'Without a file'}
          </Typography>
          <Hits
            hits={group.hits.map(({ id }) => byId.get(id)).filter((hit) => hit !== undefined)}
            databaseId={databaseId}
            ranks={ranks}
          />
        </section>
      ))}
    </Stack>
  );
}
