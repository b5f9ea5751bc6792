import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  TextField,
  Typography,
} from '@mui/material';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  children: ReactNode;
  action: string;
  /** The text that must be typed before the action is possible. */
  typed?: string;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, typed, isBusy, onConfirm, onClose }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const isAllowed = typed === undefined || text.trim() === typed.trim();
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isAllowed && !isBusy) onConfirm();
        }}
      >
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>
          <Typography component="div">{children}</Typography>
          {typed !== undefined && (
            <TextField
              sx={{ mt: 2 }}
              autoFocus
              label={`Type “${typed}” to confirm`}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
              }}
              autoComplete="off"
            />
          )}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" color="error" variant="contained" disabled={!isAllowed || isBusy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
