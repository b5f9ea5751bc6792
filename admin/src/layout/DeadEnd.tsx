import { Button } from '@mui/material';
import { Link } from 'react-router-dom';
import { EmptyState } from './EmptyState.tsx';

const back = (
  <Button component={Link} to="/databases" variant="contained">
    To the databases
  </Button>
);

/** Stands where the user may not go. */
export function AccessDenied() {
  return (
    <EmptyState title="This is for administrators" action={back}>
      You may read and search. Ask an administrator to do it, or to add you to the group admin.
    </EmptyState>
  );
}

/** Stands where there is nothing. */
export function NotFound() {
  return (
    <EmptyState title="There is no such page" action={back}>
      The address may have been mistyped.
    </EmptyState>
  );
}
