import { Button, Card, LinearProgress, Stack, Typography } from '@mui/material';
import { formatBytes } from '../display/format.ts';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { useUploadQueue, useUploads } from './upload-context.tsx';
import type { UploadState } from './upload-queue.ts';

/** The uploads that are on their way or have failed. */
export function UploadRows({ databaseId }: { databaseId: string }) {
  const uploads = useUploads(databaseId);
  if (uploads.length === 0) return null;
  return (
    <Stack component="ul" aria-label="Uploads" spacing={1} sx={{ listStyle: 'none', p: 0, m: 0 }}>
      {uploads.map((upload) => (
        <UploadRow key={upload.key} upload={upload} />
      ))}
    </Stack>
  );
}

function UploadRow({ upload }: { upload: UploadState }) {
  const queue = useUploadQueue();
  const { key, name, sizeBytes, sentBytes, phase, error } = upload;
  const percent = Math.round((100 * sentBytes) / sizeBytes);
  return (
    <Card component="li" sx={{ p: 2 }}>
      <Stack direction="row" spacing={2} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        <Typography sx={{ fontWeight: 600, minWidth: 0 }}>{name}</Typography>
        <Button
          size="small"
          onClick={() => {
            queue.remove(key);
          }}
        >
          {phase === 'failed' ? 'Dismiss' : 'Cancel'}
        </Button>
      </Stack>
      <Typography variant="body2" color="textSecondary">
        {phase === 'waiting'
          ? 'Waiting for its turn'
          : `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)} sent`}
      </Typography>
      {phase === 'sending' && (
        <LinearProgress
          variant="determinate"
          value={percent}
          aria-label={`Sending ${name}`}
          sx={{ mt: 1, borderRadius: 1 }}
        />
      )}
      {error && (
        <Stack sx={{ mt: 1 }}>
          <ErrorPanel
            error={error}
            onRetry={() => {
              queue.retry(key);
            }}
          />
        </Stack>
      )}
    </Card>
  );
}
