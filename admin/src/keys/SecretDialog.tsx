import { Alert, Box, Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useId } from 'react';
import type { GeneratedApiKey } from '../../../schema/generated/types.ts';
import { CopyButton } from '../display/CopyButton.tsx';
import { MONO } from '../layout/theme.ts';

/** Shows a secret, this once. Only its own button closes it, so that no stray click loses the secret. */
export function SecretDialog({ generated, onClose }: { generated: GeneratedApiKey; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog open aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id}>The secret of “{generated.apiKey.name}”</DialogTitle>
      <DialogContent>
        <Alert severity="warning" variant="outlined" sx={{ mb: 2 }}>
          Copy it now and keep it safe. It cannot be shown again.
        </Alert>
        <Box
          component="code"
          data-testid="secret"
          sx={{
            display: 'block',
            fontFamily: MONO,
            p: 2,
            border: '1px solid',
            borderColor: 'divider',
            borderRadius: 2,
            overflowWrap: 'anywhere',
            userSelect: 'all',
          }}
        >
          {generated.secret}
        </Box>
        <CopyButton text={generated.secret} label="Copy the secret" />
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          I have stored it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
