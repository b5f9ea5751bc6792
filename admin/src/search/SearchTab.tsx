import { Stack } from '@mui/material';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { Database, SearchInput } from '../../../schema/generated/types.ts';
import { useOperation } from '../data/use-operation.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { stripInput } from '../transport/api-error.ts';
import { SearchForm } from './SearchForm.tsx';
import { SearchResults } from './SearchResults.tsx';
import { EMPTY_SEARCH, toSearchInput } from './search-state.ts';
import type { SearchState } from './search-state.ts';

/** Asks a database and shows what it found and why. */
export default function SearchTab({ database }: { database: Database }) {
  const [state, change] = useSearchState();
  const [asked, setAsked] = useState<SearchInput | null>(null);
  const { data, error, isFetching, refetch } = useOperation(
    'searchVectors',
    { input: asked ?? { databaseId: database.id } },
    { enabled: asked !== null },
  );
  const field = isFetching ? null : error?.info.field;

  function ask(input: SearchInput): void {
    if (JSON.stringify(input) === JSON.stringify(asked)) void refetch();
    else setAsked(input);
  }

  return (
    <Stack spacing={2.5}>
      <SearchForm
        database={database}
        state={state}
        isBusy={isFetching}
        refused={error && field ? { [stripInput(field)]: error.message } : {}}
        onChange={change}
        onAsk={() => {
          ask(toSearchInput(database.id, state));
        }}
      />
      {isFetching && <Waiting height={110} />}
      {error && !isFetching && (
        <ErrorPanel error={error} onRetry={error.info.retryable ? () => void refetch() : undefined} />
      )}
      {data && asked && !isFetching && !error && <SearchResults result={data} input={asked} />}
      {!asked && <FirstSearch database={database} />}
    </Stack>
  );
}

/** The form's state, begun from what a link asks for: `?fileId=` or `?like=`. */
function useSearchState(): [SearchState, (part: Partial<SearchState>) => void] {
  const [search] = useSearchParams();
  const fileId = search.get('fileId');
  const like = search.get('like');
  const [state, setState] = useState<SearchState>(EMPTY_SEARCH);
  useEffect(() => {
    if (!fileId && !like) return;
    setState((known) => ({
      ...known,
      fileIds: fileId ? [fileId] : [],
      options: { ...known.options, ...(like && { likeVectorId: like }) },
    }));
  }, [fileId, like]);
  const change = (part: Partial<SearchState>): void => {
    setState((known) => ({ ...known, ...part }));
  };
  return [state, change];
}

function FirstSearch({ database }: { database: Database }) {
  if (database.vectorCount === 0)
    return (
      <EmptyState title="Nothing to search yet">
        Add files first; they can be found as soon as they are ready.
      </EmptyState>
    );
  return (
    <EmptyState title="Ask something">
      {database.embedding
        ? 'In your own words: the passages that answer it best come first.'
        : 'By words, or by a vector under “Options”.'}
    </EmptyState>
  );
}
