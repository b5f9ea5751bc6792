import { lazy, useEffect, useMemo } from 'react';
import { Admin, Resource } from 'react-admin';
import { QueryClient } from '@tanstack/react-query';
import { createAuthProvider } from './auth/auth-provider.ts';
import LoginPage from './auth/LoginPage.tsx';
import { createSession } from './auth/session.ts';
import { SessionContext } from './auth/session-context.tsx';
import { createDataProvider } from './data/data-provider.ts';
import { UploadContext } from './files/upload-context.tsx';
import { createUploadQueue } from './files/upload-queue.ts';
import { ConsoleLayout } from './layout/ConsoleLayout.tsx';
import { ConsoleNotification } from './layout/ConsoleNotification.tsx';
import { AccessDenied, NotFound } from './layout/DeadEnd.tsx';
import { darkTheme, lightTheme } from './layout/theme.ts';
import { createApi } from './transport/api.ts';
import { ApiError } from './transport/api-error.ts';
import { ApiContext } from './transport/api-context.tsx';
import type { ConsoleConfig } from './transport/config.ts';

const DatabaseList = lazy(() => import('./databases/DatabaseList.tsx'));
const DatabaseCreate = lazy(() => import('./databases/DatabaseCreate.tsx'));
const DatabaseEdit = lazy(() => import('./databases/DatabaseEdit.tsx'));
const DatabasePage = lazy(() => import('./databases/DatabasePage.tsx'));
const KeyList = lazy(() => import('./keys/KeyList.tsx'));
const KeyCreate = lazy(() => import('./keys/KeyCreate.tsx'));

function connect(config: ConsoleConfig) {
  const session = createSession(config);
  const api = createApi(config, session);
  const queryClient = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && error.info.retryable === true,
      },
    },
  });
  const uploads = createUploadQueue(api, () => void queryClient.invalidateQueries({ queryKey: ['files'] }));
  return {
    session,
    api,
    queryClient,
    uploads,
    authProvider: createAuthProvider(session),
    dataProvider: createDataProvider(api),
  };
}

/** The console, connected to one API. */
export function App({ config }: { config: ConsoleConfig }) {
  const { session, api, queryClient, uploads, authProvider, dataProvider } = useMemo(
    () => connect(config),
    [config],
  );

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (uploads.isBusy()) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
    };
  }, [uploads]);

  return (
    <SessionContext value={session}>
      <ApiContext value={api}>
        <UploadContext value={uploads}>
          <Admin
            title="Vector DB"
            authProvider={authProvider}
            dataProvider={dataProvider}
            queryClient={queryClient}
            layout={ConsoleLayout}
            notification={ConsoleNotification}
            accessDenied={AccessDenied}
            catchAll={NotFound}
            loginPage={LoginPage}
            theme={lightTheme}
            lightTheme={lightTheme}
            darkTheme={darkTheme}
            requireAuth
            disableTelemetry
          >
            <Resource
              name="databases"
              list={DatabaseList}
              create={DatabaseCreate}
              edit={DatabaseEdit}
              show={DatabasePage}
            />
            <Resource name="api-keys" list={KeyList} create={KeyCreate} />
          </Admin>
        </UploadContext>
      </ApiContext>
    </SessionContext>
  );
}
