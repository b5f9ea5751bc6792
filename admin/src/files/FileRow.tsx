import { Alert, Box, Button, Card, LinearProgress, Stack, Typography } from '@mui/material';
import type { File as StoredFile, IngestionProgress } from '../../../schema/generated/types.ts';
import { formatAmount, formatBytes, formatDate } from '../display/format.ts';
import { StatusChip } from '../display/StatusChip.tsx';
import { FileActions } from './FileActions.tsx';
import { useLiveProgress } from './progress-context.tsx';
import { useFileChanges } from './use-file-changes.ts';
import { useReplacement } from './use-replacement.tsx';

const ENDED = new Set(['READY', 'FAILED', 'DELETING']);

/** The newer of what was read and what was reported since. */
function newest(file: StoredFile, report: IngestionProgress | undefined): IngestionProgress {
  return report && report.updatedAt > file.progress.updatedAt
    ? report
    : { ...file.progress, status: file.status };
}

/** Searchable chunks: as read, or as a newer report of the end counts them until the file is read again. */
function searchableChunks(file: StoredFile, progress: IngestionProgress): number {
  const isNewer = progress.updatedAt > file.progress.updatedAt;
  return isNewer && progress.status === 'READY' ? progress.chunksDone : file.vectorCount;
}

/** One file: what it is, how far it has come, why it failed, and what can be done. */
export function FileRow({ file, canWrite }: { file: StoredFile; canWrite: boolean }) {
  const { reports } = useLiveProgress();
  const progress = newest(file, reports.get(file.id));
  const { status } = progress;
  const chunks = searchableChunks(file, progress);
  return (
    <Card component="li" aria-label={file.name} data-status={status} sx={{ p: 2 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Typography sx={{ fontWeight: 600 }}>{file.name}</Typography>
          <Typography variant="body2" color="textSecondary">
            {[
              formatBytes(file.sizeBytes),
              file.contentType,
              chunks > 0 && formatAmount(chunks, 'searchable chunk'),
              `changed ${formatDate(file.updatedAt)}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </Typography>
        </Box>
        <StatusChip status={status} of="FileStatus" />
        <FileActions file={file} canWrite={canWrite} isUnderWay={!ENDED.has(status)} />
      </Stack>
      {!ENDED.has(status) && <RunningProgress progress={progress} name={file.name} />}
      {status === 'FAILED' && <Failure file={file} progress={progress} canWrite={canWrite} />}
    </Card>
  );
}

function RunningProgress({ progress, name }: { progress: IngestionProgress; name: string }) {
  const { percent, chunksDone, chunksTotal, message, status } = progress;
  const isKnown = status !== 'AWAITING_UPLOAD' && status !== 'QUEUED';
  const chunks = chunksTotal === null ? '' : `${chunksDone} of ${formatAmount(chunksTotal, 'chunk')}`;
  return (
    <Box sx={{ mt: 1.25 }}>
      <LinearProgress
        variant={isKnown ? 'determinate' : 'indeterminate'}
        value={isKnown ? percent : undefined}
        aria-label={`Processing ${name}`}
        sx={{ borderRadius: 1, height: 6 }}
      />
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
        {[isKnown && `${Math.floor(percent)} %`, chunks, message].filter(Boolean).join(' · ')}
      </Typography>
    </Box>
  );
}

function Failure({
  file,
  progress,
  canWrite,
}: {
  file: StoredFile;
  progress: IngestionProgress;
  canWrite: boolean;
}) {
  const { processAgain, isBusy } = useFileChanges(file);
  const replacement = useReplacement(file);
  const canRetry = file.error?.retryable ?? true;
  const action = canWrite && (
    <Button color="inherit" disabled={isBusy} onClick={canRetry ? processAgain : replacement.choose}>
      {canRetry ? 'Try again' : 'Replace…'}
    </Button>
  );
  const message = file.error?.message ?? progress.message ?? 'Processing failed without a reason.';
  return (
    <Alert severity="error" variant="outlined" sx={{ mt: 1.25 }} action={action}>
      {replacement.input}
      {message}
      <Typography variant="caption" component="p" color="textSecondary">
        {[
          file.error?.kind,
          file.error?.location && `at ${file.error.location}`,
          file.error &&
            (file.error.retryable
              ? 'trying again may help'
              : 'the same bytes will fail again: replace the file'),
          file.vectorCount > 0 && 'the older version stays searchable',
        ]
          .filter(Boolean)
          .join(' · ')}
      </Typography>
    </Alert>
  );
}
