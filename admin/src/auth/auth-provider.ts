import type { AuthProvider } from 'react-admin';
import type { Session } from './session.ts';

const READ_ACTIONS = new Set(['list', 'show', 'read', 'export']);

/** Tells react-admin who is signed in and what they may do: viewers read, admins do everything, and keys are for admins alone. */
export function createAuthProvider(session: Session): AuthProvider {
  return {
    // The login page signs in by itself, because Cognito may ask for a second step.
    login: () => Promise.resolve(),
    logout: () => {
      session.signOut();
      return Promise.resolve();
    },
    checkAuth: () => (session.getUser() ? Promise.resolve() : Promise.reject(new Error('Sign in to go on.'))),
    checkError: (error: { status?: number }) => {
      if (error.status !== 401) return Promise.resolve();
      session.signOut();
      return Promise.reject(new Error('Your session has ended. Sign in again.'));
    },
    getIdentity: () => {
      const user = session.getUser();
      return user
        ? Promise.resolve({ id: user.id, fullName: user.name, role: user.role })
        : Promise.reject(new Error('Nobody is signed in.'));
    },
    getPermissions: () => Promise.resolve(session.getUser()?.role ?? null),
    canAccess: ({ resource, action }) => {
      const role = session.getUser()?.role;
      return Promise.resolve(
        role === 'admin' || (role === 'viewer' && resource !== 'api-keys' && READ_ACTIONS.has(action)),
      );
    },
  };
}
