import { Box, Tooltip, Typography } from '@mui/material';
import type { ReactNode } from 'react';

/** One labelled value; the schema's description explains the label. */
export function Fact({
  label,
  description,
  children,
}: {
  label: string;
  description?: string;
  children: ReactNode;
}) {
  return (
    <Box sx={{ minWidth: 0 }}>
      <Tooltip title={description ?? ''} describeChild placement="top-start">
        <Typography component="dt" variant="overline" color="textSecondary" sx={{ display: 'inline-block' }}>
          {label}
        </Typography>
      </Tooltip>
      <Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
        {children}
      </Typography>
    </Box>
  );
}

/** Labelled values side by side, as many as fit. */
export function FactGrid({ children, width = 140 }: { children: ReactNode; width?: number }) {
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: 'grid',
        gap: 2.5,
        gridTemplateColumns: `repeat(auto-fill, minmax(min(${width}px, 100%), 1fr))`,
      }}
    >
      {children}
    </Box>
  );
}
