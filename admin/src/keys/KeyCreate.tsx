import { Box, Button, Card } from '@mui/material';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  AutocompleteArrayInput,
  Form,
  SaveButton,
  SaveContextProvider,
  useCanAccess,
  useGetList,
} from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import type { Database, GenerateApiKeyInput, GeneratedApiKey } from '../../../schema/generated/types.ts';
import { omitEmpty } from '../data/data-provider.ts';
import { useReportError } from '../data/use-report-error.ts';
import { DescribedInput } from '../forms/DescribedInput.tsx';
import { findInput, omitPlaced } from '../forms/find-input.ts';
import { makeValidator } from '../forms/validate.ts';
import { inputs } from '../generated/descriptors.ts';
import { AccessDenied } from '../layout/DeadEnd.tsx';
import { PageHeader } from '../layout/PageHeader.tsx';
import { Waiting } from '../layout/Waiting.tsx';
import { toApiError } from '../transport/api-error.ts';
import { useApi } from '../transport/api-context.tsx';
import { SecretDialog } from './SecretDialog.tsx';

const fields = inputs.GenerateApiKeyInput;
const databasesField = findInput(fields, 'databaseIds');

/** The form for a new key; the answer's secret never enters a cache. */
export default function KeyCreate() {
  const { canAccess, isPending } = useCanAccess({ resource: 'api-keys', action: 'create' });
  if (isPending) return <Waiting />;
  return canAccess ? <KeyForm /> : <AccessDenied />;
}

function KeyForm() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const report = useReportError();
  const [generated, setGenerated] = useState<GeneratedApiKey | null>(null);
  const [isSaving, setIsSaving] = useState(false);

  async function save(values: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
    setIsSaving(true);
    try {
      const { expiresAt } = values;
      const input = omitEmpty({
        ...values,
        ...(expiresAt ? { expiresAt: new Date(expiresAt as string).toISOString() } : {}),
        clientRequestToken: crypto.randomUUID(),
      });
      setGenerated(await api.request('generateApiKey', { input: input as unknown as GenerateApiKeyInput }));
      return undefined;
    } catch (error) {
      report(error);
      return toApiError(error).body.errors;
    } finally {
      setIsSaving(false);
    }
  }

  async function leave(): Promise<void> {
    setGenerated(null);
    await queries.invalidateQueries({ queryKey: ['api-keys'] });
    await navigate('/api-keys');
  }

  return (
    <SaveContextProvider value={{ save, saving: isSaving, mutationMode: 'pessimistic' }}>
      <PageHeader title="Create key" back={{ to: '/api-keys', label: 'API keys' }} />
      <Form defaultValues={{ scopes: ['SEARCH', 'READ'] }}>
        <Card sx={{ p: { xs: 2, sm: 3 }, maxWidth: 720, display: 'grid', gap: 2 }}>
          <DescribedInput input={findInput(fields, 'name')} />
          <DescribedInput input={findInput(fields, 'scopes')} />
          <DatabasesInput />
          {omitPlaced(fields, ['name', 'scopes', 'databaseIds']).map((input) => (
            <DescribedInput key={input.name} input={input} />
          ))}
        </Card>
        <Box sx={{ display: 'flex', gap: 1.5, mt: 3 }}>
          <SaveButton label="Create key" alwaysEnable icon={<></>} />
          <Button component={Link} to="/api-keys">
            Cancel
          </Button>
        </Box>
      </Form>
      {generated && <SecretDialog generated={generated} onClose={() => void leave()} />}
    </SaveContextProvider>
  );
}

function DatabasesInput() {
  const { data = [], isPending } = useGetList<Database>('databases', {
    pagination: { page: 1, perPage: 100 },
  });
  return (
    <AutocompleteArrayInput
      source="databaseIds"
      label="Databases"
      choices={data.map(({ id, name }) => ({ id, name }))}
      isPending={isPending}
      helperText={databasesField.description}
      validate={makeValidator(databasesField)}
    />
  );
}
