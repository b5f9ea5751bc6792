import { Skeleton, Stack } from '@mui/material';

/** Stands where content will be, so that it does not jump when it comes. */
export function Waiting({ rows = 3, height = 76 }: { rows?: number; height?: number }) {
  return (
    <Stack spacing={1.5} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} variant="rounded" height={height} />
      ))}
    </Stack>
  );
}
