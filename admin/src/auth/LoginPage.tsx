import { Box, Button, Card, Stack, TextField, Typography } from '@mui/material';
import { useState } from 'react';
import type { ReactNode, SyntheticEvent } from 'react';
import { Navigate, useLocation } from 'react-router-dom';
import iconUrl from '../layout/icon.svg';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import type { NewPasswordChallenge } from './cognito.ts';
import { useSession } from './session-context.tsx';

/** Signs in, and asks for a new password when Cognito does. */
export default function LoginPage() {
  const location = useLocation();
  const target = (location.state as { nextPathname?: string } | null)?.nextPathname ?? '/databases';
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { isSignedIn, isNew, isBusy, error, submit } = useSignIn(() => {
    setPassword('');
  });

  function onSubmit(event: SyntheticEvent): void {
    event.preventDefault();
    submit(username.trim(), password);
  }

  if (isSignedIn) return <Navigate to={target === '/login' ? '/databases' : target} replace />;
  return (
    <LoginFrame
      title={isNew ? 'Choose a new password' : 'Sign in'}
      lead={isNew ? 'This is your first sign-in; replace the temporary password.' : 'to your vector database'}
      onSubmit={onSubmit}
    >
      {error !== null && <ErrorPanel error={error} />}
      {!isNew && (
        <TextField
          label="User name or email"
          name="username"
          autoComplete="username"
          autoFocus
          required
          value={username}
          onChange={(event) => {
            setUsername(event.target.value);
          }}
        />
      )}
      <TextField
        key={isNew ? 'new' : 'current'}
        label={isNew ? 'New password' : 'Password'}
        name="password"
        type="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        autoFocus={isNew}
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        disabled={isBusy || username.trim() === '' || password === ''}
      >
        {isBusy ? 'Signing in…' : 'Sign in'}
      </Button>
    </LoginFrame>
  );
}

interface SignIn {
  isSignedIn: boolean;
  /** Whether Cognito asks for a new password. */
  isNew: boolean;
  isBusy: boolean;
  error: unknown;
  submit: (username: string, password: string) => void;
}

function useSignIn(onChallenge: () => void): SignIn {
  const session = useSession();
  const [challenge, setChallenge] = useState<NewPasswordChallenge | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function signIn(username: string, password: string): Promise<void> {
    if (challenge) return session.setNewPassword(username, password, challenge);
    const asked = await session.signIn(username, password);
    setChallenge(asked);
    if (asked) onChallenge();
  }

  return {
    isSignedIn: session.getUser() !== null && !isBusy,
    isNew: challenge !== null,
    isBusy,
    error,
    submit: (username, password) => {
      setIsBusy(true);
      setError(null);
      signIn(username, password)
        .catch(setError)
        .finally(() => {
          setIsBusy(false);
        });
    },
  };
}

interface FrameProps {
  title: string;
  lead: string;
  onSubmit: (event: SyntheticEvent) => void;
  children: ReactNode;
}

function LoginFrame({ title, lead, onSubmit, children }: FrameProps) {
  return (
    <Box
      component="main"
      sx={{
        minHeight: '100vh',
        display: 'grid',
        placeItems: 'center',
        bgcolor: 'background.default',
        color: 'text.primary',
        p: 2,
      }}
    >
      <Card sx={{ width: '100%', maxWidth: 400, p: { xs: 3, sm: 4 } }}>
        <Stack component="form" spacing={2.5} onSubmit={onSubmit} noValidate>
          <img src={iconUrl} alt="" width={44} height={44} />
          <Box>
            <Typography variant="h1">{title}</Typography>
            <Typography color="textSecondary" sx={{ mt: 0.5 }}>
              {lead}
            </Typography>
          </Box>
          {children}
        </Stack>
      </Card>
    </Box>
  );
}
