import { Box, Link, Stack, Typography } from '@mui/material';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { Link as RouterLink } from 'react-router-dom';

interface Props {
  title: string;
  lead?: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
}

/** A page's name, what it is for, and its main actions. */
export function PageHeader({ title, lead, back, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · Vector DB`;
  }, [title]);
  return (
    <Box component="header" sx={{ mb: 3 }}>
      {back && (
        <Link
          component={RouterLink}
          to={back.to}
          variant="body2"
          underline="hover"
          sx={{ display: 'inline-block', mb: 1 }}
        >
          ← {back.label}
        </Link>
      )}
      <Stack
        direction={{ xs: 'column', sm: 'row' }}
        spacing={2}
        sx={{ justifyContent: 'space-between', alignItems: { xs: 'stretch', sm: 'flex-end' } }}
      >
        <Box sx={{ minWidth: 0 }}>
          <Typography variant="h1" sx={{ overflowWrap: 'anywhere' }}>
            {title}
          </Typography>
          {lead && (
            <Typography component="div" color="textSecondary" sx={{ mt: 0.75, maxWidth: 720 }}>
              {lead}
            </Typography>
          )}
        </Box>
        {actions && (
          <Stack
            direction="row"
            spacing={1}
            sx={{ flexShrink: 0, flexWrap: 'wrap', rowGap: 1, alignItems: 'center' }}
          >
            {actions}
          </Stack>
        )}
      </Stack>
    </Box>
  );
}
