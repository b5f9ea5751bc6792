import AddIcon from '@mui/icons-material/Add';
import { Button, Card, Stack, Typography } from '@mui/material';
import { useState } from 'react';
import { useCanAccess, useGetList } from 'react-admin';
import { Link } from 'react-router-dom';
import type { ApiKey } from '../../../schema/generated/types.ts';
import { formatEnum } from '../display/format.ts';
import { RecordFacts } from '../display/RecordFacts.tsx';
import { StatusChip } from '../display/StatusChip.tsx';
import { MONO } from '../layout/theme.ts';
import { EmptyState } from '../layout/EmptyState.tsx';
import { ErrorPanel } from '../layout/ErrorPanel.tsx';
import { AccessDenied } from '../layout/DeadEnd.tsx';
import { PageHeader } from '../layout/PageHeader.tsx';
import { Pager } from '../layout/Pager.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { KeyActions } from './KeyActions.tsx';

/** All keys, without their secrets. */
export default function KeyList() {
  const { canAccess, isPending } = useCanAccess({ resource: 'api-keys', action: 'list' });
  if (isPending) return <Waiting />;
  return canAccess ? <KeyListView /> : <AccessDenied />;
}

function KeyListView() {
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch, pageInfo } = useGetList<ApiKey>('api-keys', {
    pagination: { page, perPage: 25 },
  });
  const create = (
    <Button component={Link} to="/api-keys/create" variant="contained" startIcon={<AddIcon />}>
      Create key
    </Button>
  );
  return (
    <>
      <PageHeader
        title="API keys"
        lead="A key lets a program search, read or write. Its secret is shown once, when it is made."
        actions={data && data.length > 0 && create}
      />
      {isPending && <Waiting height={120} />}
      {error && (
        <ErrorPanel error={error} title="The keys could not be listed" onRetry={() => void refetch()} />
      )}
      {data?.length === 0 && page === 1 && (
        <EmptyState title="Create your first key" action={create}>
          Programs send a key instead of signing in. Give each program its own, with no more rights than it
          needs.
        </EmptyState>
      )}
      <Stack component="ul" aria-label="Keys" spacing={1.5} sx={{ listStyle: 'none', p: 0, m: 0 }}>
        {data?.map((key) => (
          <KeyCard key={key.id} apiKey={key} />
        ))}
      </Stack>
      <Pager page={page} hasNext={pageInfo?.hasNextPage === true} onChange={setPage} />
    </>
  );
}

function KeyCard({ apiKey }: { apiKey: ApiKey }) {
  const { name, prefix, scopes, status } = apiKey;
  return (
    <Card component="li" aria-label={name} sx={{ p: { xs: 2, sm: 2.5 } }}>
      <Stack direction="row" spacing={1.5} sx={{ alignItems: 'flex-start', mb: 1.5 }}>
        <Stack sx={{ flex: 1, minWidth: 0 }}>
          <Typography variant="h3" component="h2">
            {name}
          </Typography>
          <Typography variant="body2" color="textSecondary" sx={{ fontFamily: MONO }}>
            {prefix}…
          </Typography>
        </Stack>
        <StatusChip status={status} of="KeyStatus" />
      </Stack>
      <Typography variant="body2" sx={{ mb: 1.5 }}>
        May {scopes.map((scope) => formatEnum(scope).toLowerCase()).join(', ')}
        {apiKey.databaseIds === null ? ' in every database' : ' in these databases alone'}
      </Typography>
      <RecordFacts type="ApiKey" record={apiKey} omit={['name', 'prefix', 'scopes', 'status']} isBrief />
      {status === 'ACTIVE' && <KeyActions apiKey={apiKey} />}
    </Card>
  );
}
