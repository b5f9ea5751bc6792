import { MenuItem, Stack, TextField, Typography } from '@mui/material';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useCanAccess, useGetList } from 'react-admin';
import type { Database, File as StoredFile } from '../../../schema/generated/types.ts';
import { formatEnum } from '../display/format.ts';
import { enums } from '../generated/descriptors.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { Pager } from '../layout/Pager.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { Dropzone } from './Dropzone.tsx';
import { FileRow } from './FileRow.tsx';
import { UploadRows } from './UploadRows.tsx';
import { useLiveProgress } from './progress-context.tsx';
import { useUploads } from './upload-context.tsx';

const PER_PAGE = 25;
const ENDED = new Set(['READY', 'FAILED']);

/** The files of a database: drop new ones in, watch them become searchable, mend what failed. */
export default function FilesTab({ database }: { database: Database }) {
  const { canAccess } = useCanAccess({ resource: 'files', action: 'edit' });
  const [status, setStatus] = useState('');
  const [page, setPage] = useState(1);
  const uploads = useUploads(database.id);
  const { isLive } = useLiveProgress();
  const [isWaiting, setIsWaiting] = useState(false);
  const queries = useQueryClient();
  const {
    data: files,
    error,
    isPending,
    refetch,
    pageInfo,
  } = useGetList<StoredFile>(
    'files',
    {
      pagination: { page, perPage: PER_PAGE },
      filter: { databaseId: database.id, ...(status && { status }) },
    },
    // Reports may be missed: what is not finished is read again, seldom while the subscription stands.
    { refetchInterval: isWaiting ? (isLive ? 10_000 : 2500) : false },
  );
  const hasUnfinished = files?.some((file) => !ENDED.has(file.status)) ?? false;
  useEffect(() => {
    setIsWaiting(hasUnfinished);
    // Whatever has just ended has changed the database's counts, also when no report said so.
    return () => {
      if (hasUnfinished) void queries.invalidateQueries({ queryKey: ['databases'] });
    };
  }, [hasUnfinished, queries]);
  const isEmpty = files?.length === 0 && uploads.length === 0;

  return (
    <Stack spacing={2}>
      {canAccess && database.embedding && <Dropzone databaseId={database.id} />}
      {!database.embedding && (
        <EmptyState title="This database takes no files">
          It has no embedding: its vectors are sent through the API.
        </EmptyState>
      )}
      <UploadRows databaseId={database.id} />
      <ListHead
        status={status}
        onStatus={(next) => {
          setStatus(next);
          setPage(1);
        }}
        note={hasUnfinished ? (isLive ? 'Live' : 'Reading again every few seconds') : ''}
      />
      {isPending && <Waiting />}
      {error && (
        <ErrorPanel error={error} title="The files could not be listed" onRetry={() => void refetch()} />
      )}
      {isEmpty && database.embedding && (
        <EmptyState title={status ? 'No file has this status' : 'No files yet'}>
          {status
            ? 'Choose another status.'
            : canAccess
              ? 'Drop files above; you can ask about them as soon as they are ready.'
              : 'An administrator can add files.'}
        </EmptyState>
      )}
      <Stack component="ul" aria-label="Files" spacing={1} sx={{ listStyle: 'none', p: 0, m: 0 }}>
        {files?.map((file) => (
          <FileRow key={file.id} file={file} canWrite={canAccess === true} />
        ))}
      </Stack>
      <Pager page={page} hasNext={pageInfo?.hasNextPage === true} onChange={setPage} />
    </Stack>
  );
}

function ListHead({
  status,
  onStatus,
  note,
}: {
  status: string;
  onStatus: (status: string) => void;
  note: string;
}) {
  return (
    <Stack direction="row" spacing={2} sx={{ alignItems: 'center', justifyContent: 'space-between' }}>
      <TextField
        select
        label="Status"
        value={status}
        onChange={(event) => {
          onStatus(event.target.value);
        }}
        sx={{ maxWidth: 220 }}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">All</MenuItem>
        {enums.FileStatus.map(({ value }) => (
          <MenuItem key={value} value={value}>
            {formatEnum(value)}
          </MenuItem>
        ))}
      </TextField>
      <Typography variant="body2" color="textSecondary" aria-live="polite">
        {note}
      </Typography>
    </Stack>
  );
}
