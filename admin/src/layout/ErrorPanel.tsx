import { Alert, AlertTitle, Button, Typography } from '@mui/material';
import { ApiError } from '../transport/api-error.ts';

interface Props {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}

/** Says what failed, where, and what helps. */
export function ErrorPanel({ error, title, onRetry }: Props) {
  const message = error instanceof Error ? error.message : String(error);
  const info = error instanceof ApiError ? error.info : {};
  const kind = error instanceof ApiError ? error.kind : null;
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        onRetry && (
          <Button color="inherit" onClick={onRetry}>
            Try again
          </Button>
        )
      }
      sx={{ bgcolor: 'background.paper', alignItems: 'flex-start' }}
    >
      <AlertTitle sx={{ m: 0 }}>{title ?? message}</AlertTitle>
      {title && <Typography variant="body2">{message}</Typography>}
      {info.hint && <Typography variant="body2">{info.hint}</Typography>}
      {kind && (
        <Typography variant="caption" component="p" color="textSecondary" sx={{ mt: 0.5 }}>
          {[kind, info.field && `field ${info.field}`, info.requestId && `request ${info.requestId}`]
            .filter(Boolean)
            .join(' · ')}
        </Typography>
      )}
    </Alert>
  );
}
