import { Alert, Box, Card, Collapse, Button, Typography } from '@mui/material';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { CreateBase, Form, SaveButton, SelectInput, useNotify, useRedirect } from 'react-admin';
import { useWatch } from 'react-hook-form';
import { Link } from 'react-router-dom';
import type { Database } from '../../../schema/generated/types.ts';
import { useOperation } from '../data/use-operation.ts';
import { useReportError } from '../data/use-report-error.ts';
import { DescribedInput } from '../forms/DescribedInput.tsx';
import { findInput, omitPlaced } from '../forms/find-input.ts';
import { inputs } from '../generated/descriptors.ts';
import { PageHeader } from '../layout/PageHeader.tsx';

const OWN_VECTORS = 'own vectors';
const fields = inputs.CreateDatabaseInput;
const PLACED = ['name', 'description', 'dimension', 'metric', 'engine', 'embedding', 'chunking'];

type FormValues = Record<string, unknown> & { embedding?: { provider?: string; model?: string } };

function toInput(values: FormValues): Record<string, unknown> {
  const { embedding, chunking, ...rest } = values;
  return embedding?.provider === OWN_VECTORS ? rest : { ...rest, embedding, chunking };
}

/** The form for a new database: a name is enough, everything else has a default. */
export default function DatabaseCreate() {
  const report = useReportError();
  const notify = useNotify();
  const redirect = useRedirect();
  return (
    <CreateBase
      transform={(values: FormValues) => ({ ...toInput(values), clientRequestToken: crypto.randomUUID() })}
      mutationOptions={{
        onSuccess: (database: Database) => {
          notify(`The database “${database.name}” was created.`, { type: 'success' });
          redirect('show', 'databases', database.id);
        },
        onError: report,
      }}
    >
      <PageHeader
        title="Create database"
        back={{ to: '/databases', label: 'Databases' }}
        lead="A name is enough. Embedding, dimension and metric cannot be changed afterwards."
      />
      <Form defaultValues={{ embedding: { provider: 'local' } }} sanitizeEmptyValues>
        <CreateFields />
        <Box sx={{ display: 'flex', gap: 1.5, mt: 3 }}>
          <SaveButton label="Create database" alwaysEnable icon={<></>} />
          <Button component={Link} to="/databases">
            Cancel
          </Button>
        </Box>
      </Form>
    </CreateBase>
  );
}

function CreateFields() {
  const [isMore, setIsMore] = useState(false);
  const provider = useWatch<{ embedding: { provider: string } }>({ name: 'embedding.provider' });
  const hasOwnVectors = provider === OWN_VECTORS;
  return (
    <Box sx={{ display: 'grid', gap: 2.5, maxWidth: 720 }}>
      <Section title="What it is">
        <DescribedInput input={findInput(fields, 'name')} />
        <DescribedInput input={findInput(fields, 'description')} />
      </Section>
      <Section title="How texts become vectors">
        <ProviderInput />
        {hasOwnVectors && (
          <>
            <Alert severity="info" variant="outlined">
              Vectors are then sent through the API; files cannot be uploaded.
            </Alert>
            <DescribedInput input={{ ...findInput(fields, 'dimension'), isRequired: true }} />
          </>
        )}
      </Section>
      <Box>
        <Button
          onClick={() => {
            setIsMore(!isMore);
          }}
          aria-expanded={isMore}
          aria-controls="more-settings"
        >
          {isMore ? 'Fewer settings' : 'More settings'}
        </Button>
      </Box>
      <Collapse in={isMore} id="more-settings">
        <Box sx={{ display: 'grid', gap: 2.5 }}>
          <Section title="Vectors">
            {!hasOwnVectors && (
              <DescribedInput input={findInput(inputs.EmbeddingInput, 'model')} within="embedding" />
            )}
            {!hasOwnVectors && <DescribedInput input={findInput(fields, 'dimension')} />}
            <DescribedInput input={findInput(fields, 'metric')} />
            <DescribedInput input={findInput(fields, 'engine')} />
            {omitPlaced(fields, PLACED).map((input) => (
              <DescribedInput key={input.name} input={input} />
            ))}
          </Section>
          {!hasOwnVectors && (
            <Section title="How files are cut into chunks">
              {inputs.ChunkingInput.map((input) => (
                <DescribedInput key={input.name} input={input} within="chunking" />
              ))}
            </Section>
          )}
        </Box>
      </Collapse>
    </Box>
  );
}

function ProviderInput() {
  const { data: system } = useOperation('getSystemStatus', {});
  const providers = system?.embeddingProviders ?? ['local'];
  const choices = [
    ...providers.map((id) => ({
      id,
      name: id === 'local' ? 'local: works offline, compares words and their parts' : id,
    })),
    { id: OWN_VECTORS, name: 'none: I bring my own vectors' },
  ];
  return (
    <SelectInput
      source="embedding.provider"
      label="Embedding"
      choices={choices}
      isRequired
      helperText={findInput(fields, 'embedding').description}
      emptyText={false}
      validate={(value: unknown) => (value ? undefined : 'Choose one.')}
    />
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card component="section" sx={{ p: { xs: 2, sm: 3 } }}>
      <Typography variant="h3" component="h2" sx={{ mb: 2 }}>
        {title}
      </Typography>
      <Box sx={{ display: 'grid', gap: 2 }}>{children}</Box>
    </Card>
  );
}
