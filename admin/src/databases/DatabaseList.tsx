import AddIcon from '@mui/icons-material/Add';
import SearchIcon from '@mui/icons-material/Search';
import {
  Box,
  Button,
  Card,
  CardActionArea,
  InputAdornment,
  Stack,
  TextField,
  Typography,
} from '@mui/material';
import { useEffect, useState } from 'react';
import { ListBase, useCanAccess, useListContext } from 'react-admin';
import { Link } from 'react-router-dom';
import type { Database } from '../../../schema/generated/types.ts';
import { formatAmount, formatBytes, formatDate, formatEnum } from '../display/format.ts';
import { StatusChip } from '../display/StatusChip.tsx';
import { operationArguments } from '../generated/descriptors.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { PageHeader } from '../layout/PageHeader.tsx';
import { Pager } from '../layout/Pager.tsx';
import { Waiting } from '../layout/Waiting.tsx';

interface NameFilter {
  nameContains?: string;
}

function useNameFilter(): string {
  const context: { filterValues: NameFilter } = useListContext();
  return context.filterValues.nameContains ?? '';
}

/** All databases, with a search by name. */
export default function DatabaseList() {
  return (
    <ListBase perPage={25} disableSyncWithLocation={false} storeKey={false}>
      <DatabaseListView />
    </ListBase>
  );
}

function DatabaseListView() {
  const { data, error, isPending, refetch, page, setPage, hasNextPage } = useListContext<Database>();
  const { canAccess } = useCanAccess({ resource: 'databases', action: 'create' });
  const isFiltered = useNameFilter() !== '';
  const isFirstRun = !isPending && !error && data.length === 0 && !isFiltered && page === 1;
  const create = canAccess && (
    <Button component={Link} to="/databases/create" variant="contained" startIcon={<AddIcon />}>
      Create database
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Databases"
        lead="Each holds files and vectors of one kind, and answers searches over them."
        actions={!isFirstRun && create}
      />
      {!isFirstRun && <NameSearch />}
      {isPending && <Waiting height={112} />}
      {error && (
        <ErrorPanel error={error} title="The databases could not be listed" onRetry={() => void refetch()} />
      )}
      {isFirstRun && (
        <EmptyState
          title={canAccess ? 'Create your first database' : 'There are no databases yet'}
          action={
            canAccess && (
              <Button component={Link} to="/databases/create" variant="contained" startIcon={<AddIcon />}>
                Create your first database
              </Button>
            )
          }
        >
          {canAccess
            ? 'A database takes files such as PDF, Word, Markdown or CSV, cuts them into passages, and finds the right one when you ask. Give it a name, drop files in, and search.'
            : 'An administrator can create one.'}
        </EmptyState>
      )}
      {data?.length === 0 && !isFirstRun && (
        <EmptyState title="No database matches">Try a shorter part of its name.</EmptyState>
      )}
      <Stack component="ul" spacing={1.5} sx={{ listStyle: 'none', p: 0, m: 0 }}>
        {data?.map((database) => (
          <DatabaseCard key={database.id} database={database} />
        ))}
      </Stack>
      <Pager page={page} hasNext={hasNextPage === true} onChange={setPage} />
    </>
  );
}

function NameSearch() {
  const { setFilters } = useListContext();
  const nameContains = useNameFilter();
  const [text, setText] = useState(nameContains);
  const maxLength = operationArguments.listDatabases.find(({ name }) => name === 'nameContains')?.constraint
    .maxLength;
  useEffect(() => {
    if (text === nameContains) return;
    const timer = setTimeout(() => {
      setFilters(text === '' ? {} : { nameContains: text });
    }, 250);
    return () => {
      clearTimeout(timer);
    };
  }, [text, nameContains, setFilters]);
  return (
    <TextField
      type="search"
      placeholder="Find by name"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      sx={{ mb: 2, maxWidth: 360, bgcolor: 'background.paper', borderRadius: 1 }}
      slotProps={{
        htmlInput: { 'aria-label': 'Find databases by name', maxLength },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon fontSize="small" />
            </InputAdornment>
          ),
        },
      }}
    />
  );
}

function DatabaseCard({ database }: { database: Database }) {
  const {
    id,
    name,
    description,
    status,
    fileCount,
    vectorCount,
    storageBytes,
    dimension,
    metric,
    embedding,
    updatedAt,
  } = database;
  const facts = [
    formatAmount(fileCount, 'file'),
    formatAmount(vectorCount, 'vector'),
    formatBytes(storageBytes),
    embedding ? `embedding ${embedding.provider}` : 'own vectors',
    `${formatAmount(dimension, 'dimension')}, ${formatEnum(metric).toLowerCase()}`,
  ];
  return (
    <Card component="li" sx={{ transition: 'border-color .15s', '&:hover': { borderColor: 'primary.main' } }}>
      <CardActionArea
        component={Link}
        to={`/databases/${encodeURIComponent(id)}/show`}
        sx={{ p: { xs: 2, sm: 2.5 }, display: 'block' }}
      >
        <Stack direction="row" spacing={2} sx={{ justifyContent: 'space-between', alignItems: 'flex-start' }}>
          <Typography variant="h2" component="h2" sx={{ minWidth: 0 }}>
            {name}
          </Typography>
          <StatusChip status={status} of="DatabaseStatus" />
        </Stack>
        {description && (
          <Typography
            color="textSecondary"
            sx={{
              mt: 0.5,
              display: '-webkit-box',
              WebkitLineClamp: 2,
              WebkitBoxOrient: 'vertical',
              overflow: 'hidden',
            }}
          >
            {description}
          </Typography>
        )}
        <Box sx={{ mt: 1.25, display: 'flex', flexWrap: 'wrap', columnGap: 2, rowGap: 0.25 }}>
          {facts.map((fact) => (
            <Typography key={fact} variant="body2">
              {fact}
            </Typography>
          ))}
          <Typography variant="body2" color="textSecondary">
            changed {formatDate(updatedAt)}
          </Typography>
        </Box>
      </CardActionArea>
    </Card>
  );
}
