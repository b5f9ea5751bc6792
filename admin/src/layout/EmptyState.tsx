import { Box, Typography } from '@mui/material';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Says what is not there yet, and what the next step is. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <Box
      sx={{
        border: '1px dashed',
        borderColor: 'divider',
        borderRadius: 1.5,
        textAlign: 'center',
        px: 3,
        py: { xs: 5, sm: 7 },
      }}
    >
      <Typography variant="h2" component="h2">
        {title}
      </Typography>
      {children && (
        <Typography component="div" color="textSecondary" sx={{ mt: 1, maxWidth: 520, mx: 'auto' }}>
          {children}
        </Typography>
      )}
      {action && (
        <Box sx={{ mt: 3, display: 'flex', gap: 1.5, justifyContent: 'center', flexWrap: 'wrap' }}>
          {action}
        </Box>
      )}
    </Box>
  );
}
