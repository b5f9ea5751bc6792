import { Button, Tab, Tabs } from '@mui/material';
import { Suspense, lazy, useState } from 'react';
import { useCanAccess, useGetOne } from 'react-admin';
import { Link, Navigate, Route, Routes, useLocation, useParams } from 'react-router-dom';
import type { Database } from '../../../schema/generated/types.ts';
import { StatusChip } from '../display/StatusChip.tsx';
import { ProgressProvider } from '../files/progress-context.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { PageHeader } from '../layout/PageHeader.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { DatabaseOverview } from './DatabaseOverview.tsx';
import { DeleteDatabase } from './DeleteDatabase.tsx';

const FilesTab = lazy(() => import('../files/FilesTab.tsx'));
const ChunksTab = lazy(() => import('../chunks/ChunksTab.tsx'));
const SearchTab = lazy(() => import('../search/SearchTab.tsx'));

const TABS = [
  ['', 'Overview'],
  ['files', 'Files'],
  ['chunks', 'Chunks'],
  ['search', 'Search'],
] as const;

/** Everything about one database, in tabs that have addresses of their own. */
export default function DatabasePage() {
  const { id = '' } = useParams();
  const { data: database, error, isPending, refetch } = useGetOne<Database>('databases', { id });
  if (isPending) return <Waiting />;
  if (!database) {
    return (
      <>
        <PageHeader title="Database" back={{ to: '/databases', label: 'Databases' }} />
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return (
    <ProgressProvider databaseId={database.id}>
      <DatabaseHeader database={database} />
      <DatabaseTabs id={database.id} />
      <Suspense fallback={<Waiting />}>
        <Routes>
          <Route index element={<DatabaseOverview database={database} />} />
          <Route path="files" element={<FilesTab database={database} />} />
          <Route path="chunks" element={<ChunksTab database={database} />} />
          <Route path="search" element={<SearchTab database={database} />} />
          <Route path="*" element={<Navigate to="." replace />} />
        </Routes>
      </Suspense>
    </ProgressProvider>
  );
}

function DatabaseHeader({ database }: { database: Database }) {
  const { canAccess } = useCanAccess({ resource: 'databases', action: 'edit' });
  const [isDeleting, setIsDeleting] = useState(false);
  return (
    <>
      <PageHeader
        title={database.name}
        back={{ to: '/databases', label: 'Databases' }}
        lead={database.description}
        actions={
          <>
            <StatusChip status={database.status} of="DatabaseStatus" />
            {canAccess && (
              <>
                <Button size="small" component={Link} to={`/databases/${encodeURIComponent(database.id)}`}>
                  Edit
                </Button>
                <Button
                  size="small"
                  color="error"
                  onClick={() => {
                    setIsDeleting(true);
                  }}
                >
                  Delete
                </Button>
              </>
            )}
          </>
        }
      />
      {isDeleting && (
        <DeleteDatabase
          database={database}
          onClose={() => {
            setIsDeleting(false);
          }}
        />
      )}
    </>
  );
}

function DatabaseTabs({ id }: { id: string }) {
  const base = `/databases/${encodeURIComponent(id)}/show`;
  const { pathname } = useLocation();
  const current = TABS.find(([path]) => path !== '' && pathname.endsWith(`/show/${path}`))?.[0] ?? '';
  return (
    <Tabs
      value={current}
      component="nav"
      aria-label="Parts of the database"
      sx={{
        ...{ mb: 3, borderBottom: '1px solid', borderColor: 'divider' },
        '& .MuiTab-root': {
          minWidth: { xs: 0, sm: 72 },
          px: { xs: 0.5, sm: 2 },
          flex: { xs: 1, sm: 'none' },
        },
      }}
    >
      {TABS.map(([path, label]) => (
        <Tab key={path} value={path} label={label} component={Link} to={path ? `${base}/${path}` : base} />
      ))}
    </Tabs>
  );
}
