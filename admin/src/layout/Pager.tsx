import { Button, Stack, Typography } from '@mui/material';

interface Props {
  page: number;
  hasNext: boolean;
  onChange: (page: number) => void;
}

/** Back and forth through a list whose length is not known. */
export function Pager({ page, hasNext, onChange }: Props) {
  if (page === 1 && !hasNext) return null;
  return (
    <Stack
      component="nav"
      aria-label="Pages"
      direction="row"
      spacing={2}
      sx={{ mt: 2, alignItems: 'center', justifyContent: 'center' }}
    >
      <Button
        disabled={page === 1}
        onClick={() => {
          onChange(page - 1);
        }}
      >
        ← Previous
      </Button>
      <Typography color="textSecondary" aria-live="polite">
        Page {page}
      </Typography>
      <Button
        disabled={!hasNext}
        onClick={() => {
          onChange(page + 1);
        }}
      >
        Next →
      </Button>
    </Stack>
  );
}
