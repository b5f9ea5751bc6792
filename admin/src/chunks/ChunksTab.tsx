import { MenuItem, Stack, TextField, Typography } from '@mui/material';
import { useState } from 'react';
import { useGetList } from 'react-admin';
import { Link, useSearchParams } from 'react-router-dom';
import { Button } from '@mui/material';
import type { Database, File as StoredFile, Vector } from '../../../schema/generated/types.ts';
import { useOperation } from '../data/use-operation.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { Pager } from '../layout/Pager.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { ChunkCard } from './ChunkCard.tsx';

const PER_PAGE = 25;
/** What one request may list; a file beyond comes here by its own link. */
const LISTED_FILES = 100;

/** The chunks of a file, or the vectors that were sent without one. */
export default function ChunksTab({ database }: { database: Database }) {
  const [search, setSearch] = useSearchParams();
  const fileId = search.get('fileId') ?? '';
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch, pageInfo } = useGetList<Vector>('vectors', {
    pagination: { page, perPage: PER_PAGE },
    filter: { databaseId: database.id, ...(fileId && { fileId }) },
  });
  return (
    <Stack spacing={2}>
      <FileChoice
        databaseId={database.id}
        fileId={fileId}
        onChange={(next) => {
          setPage(1);
          setSearch(next ? { fileId: next } : {}, { replace: true });
        }}
      />
      {isPending && <Waiting height={120} />}
      {error && (
        <ErrorPanel error={error} title="The chunks could not be listed" onRetry={() => void refetch()} />
      )}
      {data?.length === 0 && <NoChunks database={database} fileId={fileId} />}
      <Stack component="ol" aria-label="Chunks" spacing={1.5} sx={{ listStyle: 'none', p: 0, m: 0 }}>
        {data?.map((vector) => (
          <ChunkCard key={vector.id} vector={vector} />
        ))}
      </Stack>
      <Pager page={page} hasNext={pageInfo?.hasNextPage === true} onChange={setPage} />
    </Stack>
  );
}

function FileChoice({
  databaseId,
  fileId,
  onChange,
}: {
  databaseId: string;
  fileId: string;
  onChange: (fileId: string) => void;
}) {
  const { data: files = [], pageInfo } = useGetList<StoredFile>('files', {
    pagination: { page: 1, perPage: LISTED_FILES },
    filter: { databaseId },
  });
  const isListed = files.some(({ id }) => id === fileId);
  const { data: other } = useOperation(
    'getFile',
    { databaseId, id: fileId },
    { enabled: fileId !== '' && !isListed },
  );
  const choices = other && !isListed ? [other, ...files] : files;
  return (
    <Stack direction={{ xs: 'column', sm: 'row' }} spacing={2} sx={{ alignItems: { sm: 'center' } }}>
      <TextField
        select
        label="Chunks of"
        value={choices.some(({ id }) => id === fileId) ? fileId : ''}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        sx={{ maxWidth: 480 }}
        slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
      >
        <MenuItem value="">Everything</MenuItem>
        {choices.map((file) => (
          <MenuItem key={file.id} value={file.id} sx={{ whiteSpace: 'normal' }}>
            {file.name}
          </MenuItem>
        ))}
      </TextField>
      {pageInfo?.hasNextPage && (
        <Typography variant="body2" color="textSecondary">
          The first {LISTED_FILES} files; reach others by “Show chunks” in the list of files.
        </Typography>
      )}
    </Stack>
  );
}

function NoChunks({ database, fileId }: { database: Database; fileId: string }) {
  if (fileId)
    return (
      <EmptyState title="This file has no searchable chunks">
        They appear as soon as the file is ready.
      </EmptyState>
    );
  const action = database.embedding && (
    <Button
      component={Link}
      to={`/databases/${encodeURIComponent(database.id)}/show/files`}
      variant="contained"
    >
      Go to the files
    </Button>
  );
  return (
    <EmptyState title="No chunks yet" action={action}>
      Chunks are the passages that a search finds. They appear as soon as a file is ready.
    </EmptyState>
  );
}
