import SearchIcon from '@mui/icons-material/Search';
import { Badge, Box, Button, Card, Chip, Collapse, Stack, TextField } from '@mui/material';
import { useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { Database, SearchInput } from '../../../schema/generated/types.ts';
import { useOperation } from '../data/use-operation.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { stripInput } from '../transport/api-error.ts';
import { FilterBuilder } from './FilterBuilder.tsx';
import { SearchOptions } from './SearchOptions.tsx';
import { SearchResults } from './SearchResults.tsx';
import { EMPTY_SEARCH, checkSearch, toSearchInput } from './search-state.ts';
import type { SearchState } from './search-state.ts';

type Panel = 'filter' | 'options' | null;

/** Asks a database and shows what it found and why. */
export default function SearchTab({ database }: { database: Database }) {
  const [state, change] = useSearchState();
  const [panel, setPanel] = useState<Panel>(null);
  const [asked, setAsked] = useState<SearchInput | null>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const { data, error, isFetching, refetch } = useOperation(
    'searchVectors',
    { input: asked ?? { databaseId: database.id } },
    { enabled: asked !== null },
  );
  const refused: Record<string, string> =
    error?.info.field && !isFetching ? { [stripInput(error.info.field)]: error.message } : {};
  const shown = { ...refused, ...problems };

  function submit(event: FormEvent): void {
    event.preventDefault();
    const found = checkSearch(state);
    setProblems(found);
    if (Object.keys(found).some((name) => name.startsWith('rule.') || name === 'filterJson'))
      setPanel('filter');
    else if (Object.keys(found).some((name) => name !== 'text')) setPanel('options');
    if (Object.keys(found).length > 0) return;
    const input = toSearchInput(database.id, state);
    if (JSON.stringify(input) === JSON.stringify(asked)) void refetch();
    else setAsked(input);
  }

  const filters = state.rules.length + (state.filterJson.trim() ? 1 : 0);
  return (
    <Stack spacing={2.5}>
      <Card component="form" role="search" noValidate onSubmit={submit} sx={{ p: { xs: 2, sm: 2.5 } }}>
        <Stack
          direction={{ xs: 'column', sm: 'row' }}
          spacing={1.5}
          sx={{ alignItems: { sm: 'flex-start' } }}
        >
          <TextField
            value={state.text}
            onChange={(event) => change({ text: event.target.value })}
            placeholder={database.embedding ? 'What do you want to know?' : 'Words to find'}
            error={shown['text'] !== undefined}
            helperText={shown['text']}
            slotProps={{ htmlInput: { 'aria-label': 'Search for', enterKeyHint: 'search' } }}
          />
          <Button
            type="submit"
            variant="contained"
            startIcon={<SearchIcon />}
            disabled={isFetching}
            sx={{ flexShrink: 0, minHeight: 40 }}
          >
            {isFetching ? 'Searching…' : 'Search'}
          </Button>
        </Stack>
        <Stack
          direction="row"
          spacing={1}
          sx={{ mt: 1.5, flexWrap: 'wrap', alignItems: 'center', rowGap: 1 }}
        >
          <Badge badgeContent={filters} color="secondary">
            <Button
              size="small"
              aria-expanded={panel === 'filter'}
              onClick={() => setPanel(panel === 'filter' ? null : 'filter')}
            >
              Filter
            </Button>
          </Badge>
          <Button
            size="small"
            aria-expanded={panel === 'options'}
            onClick={() => setPanel(panel === 'options' ? null : 'options')}
          >
            Options
          </Button>
          {state.fileIds.length > 0 && (
            <Chip size="small" label="In one file" onDelete={() => change({ fileIds: [] })} />
          )}
          {state.options['likeVectorId'] && (
            <Chip
              size="small"
              label="Like one chunk"
              onDelete={() => change({ options: { ...state.options, likeVectorId: '' } })}
            />
          )}
        </Stack>
        <Collapse in={panel !== null} unmountOnExit>
          <Box sx={{ pt: 2 }}>
            {panel === 'filter' && (
              <FilterBuilder
                fields={database.metadataFields}
                state={state}
                problems={shown}
                onChange={change}
              />
            )}
            {panel === 'options' && <SearchOptions state={state} problems={shown} onChange={change} />}
          </Box>
        </Collapse>
      </Card>
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
  return [state, (part) => setState((known) => ({ ...known, ...part }))];
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
