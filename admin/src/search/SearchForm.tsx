import SearchIcon from '@mui/icons-material/Search';
import { Badge, Box, Button, Card, Chip, Collapse, Stack, TextField } from '@mui/material';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import type { Database } from '../../../schema/generated/types.ts';
import { FilterBuilder } from './FilterBuilder.tsx';
import { SearchOptions } from './SearchOptions.tsx';
import { checkSearch } from './search-state.ts';
import type { SearchState } from './search-state.ts';

type Panel = 'filter' | 'options' | null;

interface Props {
  database: Database;
  state: SearchState;
  isBusy: boolean;
  /** What the server refused, by field. */
  refused: Record<string, string>;
  onChange: (part: Partial<SearchState>) => void;
  onAsk: () => void;
}

/** The panel that holds the first field with a problem. */
function findPanel(problems: string[]): Panel {
  if (problems.some((name) => name.startsWith('rule.') || name === 'filterJson')) return 'filter';
  return problems.some((name) => name !== 'text') ? 'options' : null;
}

/** The form of a search: its words, and what may narrow or steer it. */
export function SearchForm({ database, state, isBusy, refused, onChange, onAsk }: Props) {
  const [panel, setPanel] = useState<Panel>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const shown = { ...refused, ...problems };

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    const found = checkSearch(state);
    setProblems(found);
    setPanel(findPanel(Object.keys(found)) ?? panel);
    if (Object.keys(found).length === 0) onAsk();
  }

  return (
    <Card component="form" role="search" noValidate onSubmit={submit} sx={{ p: { xs: 2, sm: 2.5 } }}>
      <Stack direction={{ xs: 'column', sm: 'row' }} spacing={1.5} sx={{ alignItems: { sm: 'flex-start' } }}>
        <TextField
          value={state.text}
          onChange={(event) => {
            onChange({ text: event.target.value });
          }}
          placeholder={database.embedding ? 'What do you want to know?' : 'Words to find'}
          error={shown['text'] !== undefined}
          helperText={shown['text']}
          slotProps={{ htmlInput: { 'aria-label': 'Search for', enterKeyHint: 'search' } }}
        />
        <Button
          type="submit"
          variant="contained"
          startIcon={<SearchIcon />}
          disabled={isBusy}
          sx={{ minHeight: 40 }}
        >
          {isBusy ? 'Searching…' : 'Search'}
        </Button>
      </Stack>
      <Narrowing state={state} panel={panel} onPanel={setPanel} onChange={onChange} />
      <Collapse in={panel !== null} unmountOnExit>
        <Box sx={{ pt: 2 }}>
          {panel === 'filter' && (
            <FilterBuilder
              fields={database.metadataFields}
              state={state}
              problems={shown}
              onChange={onChange}
            />
          )}
          {panel === 'options' && <SearchOptions state={state} problems={shown} onChange={onChange} />}
        </Box>
      </Collapse>
    </Card>
  );
}

interface NarrowingProps {
  state: SearchState;
  panel: Panel;
  onPanel: (panel: Panel) => void;
  onChange: (part: Partial<SearchState>) => void;
}

/** Opens the panels, and shows what narrows the search already. */
function Narrowing({ state, panel, onPanel, onChange }: NarrowingProps) {
  const filters = state.rules.length + (state.filterJson.trim() ? 1 : 0);
  const toggle = (name: Panel) => (): void => {
    onPanel(panel === name ? null : name);
  };
  return (
    <Stack direction="row" spacing={1} sx={{ mt: 1.5, flexWrap: 'wrap', alignItems: 'center', rowGap: 1 }}>
      <Badge badgeContent={filters} color="secondary">
        <Button size="small" aria-expanded={panel === 'filter'} onClick={toggle('filter')}>
          Filter
        </Button>
      </Badge>
      <Button size="small" aria-expanded={panel === 'options'} onClick={toggle('options')}>
        Options
      </Button>
      {state.fileIds.length > 0 && (
        <Chip
          size="small"
          label="In one file"
          onDelete={() => {
            onChange({ fileIds: [] });
          }}
        />
      )}
      {state.options['likeVectorId'] && (
        <Chip
          size="small"
          label="Like one chunk"
          onDelete={() => {
            onChange({ options: { ...state.options, likeVectorId: '' } });
          }}
        />
      )}
    </Stack>
  );
}
