import { Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack, Typography } from '@mui/material';
import { useId, useState } from 'react';
import type { ApiKey } from '../../../schema/generated/types.ts';
import { findInput } from '../forms/find-input.ts';
import { OptionField } from '../forms/OptionField.tsx';
import { readOption } from '../forms/read-option.ts';
import { makeValidator } from '../forms/validate.ts';
import { operationArguments } from '../generated/descriptors.ts';
import { ConfirmDialog } from '../layout/ConfirmDialog.tsx';
import { SecretDialog } from './SecretDialog.tsx';
import { useKeyChanges } from './use-key-changes.ts';

const graceInput = findInput(operationArguments.rotateApiKey, 'graceMinutes');

/** Replaces a key by a new one, or ends it. */
export function KeyActions({ apiKey }: { apiKey: ApiKey }) {
  const [open, setOpen] = useState<'rotate' | 'revoke' | null>(null);
  const close = (): void => {
    setOpen(null);
  };
  const { revoke, rotate, forget, generated, isBusy } = useKeyChanges(apiKey, close);

  return (
    <Stack direction="row" spacing={1} sx={{ mt: 2 }}>
      <Button
        size="small"
        onClick={() => {
          setOpen('rotate');
        }}
      >
        Rotate
      </Button>
      <Button
        size="small"
        color="error"
        onClick={() => {
          setOpen('revoke');
        }}
      >
        Revoke
      </Button>
      {open === 'rotate' && (
        <RotateDialog name={apiKey.name} isBusy={isBusy} onClose={close} onConfirm={rotate} />
      )}
      {open === 'revoke' && (
        <ConfirmDialog
          title={`Revoke “${apiKey.name}”?`}
          action="Revoke"
          isBusy={isBusy}
          onClose={close}
          onConfirm={revoke}
        >
          Programs that use it are refused within half a minute. This cannot be undone.
        </ConfirmDialog>
      )}
      {generated && <SecretDialog generated={generated} onClose={forget} />}
    </Stack>
  );
}

function RotateDialog({
  name,
  isBusy,
  onClose,
  onConfirm,
}: {
  name: string;
  isBusy: boolean;
  onClose: () => void;
  onConfirm: (graceMinutes: number | undefined) => void;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const minutes = readOption(graceInput, text) as number | undefined;
  const problem = makeValidator(graceInput)(minutes, {});
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>Rotate “{name}”</DialogTitle>
      <DialogContent>
        <Typography sx={{ mb: 2.5 }}>A new key with the same rights takes its place.</Typography>
        <OptionField input={graceInput} value={text} problem={problem} onChange={setText} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="contained"
          disabled={isBusy || problem !== undefined}
          onClick={() => {
            onConfirm(minutes);
          }}
        >
          Rotate
        </Button>
      </DialogActions>
    </Dialog>
  );
}
