import { Box, Button, Card } from '@mui/material';
import { EditBase, Form, SaveButton, useNotify, useRecordContext, useRedirect } from 'react-admin';
import { Link } from 'react-router-dom';
import type { Database } from '../../../schema/generated/types.ts';
import { useReportError } from '../data/use-report-error.ts';
import { DescribedInput } from '../forms/DescribedInput.tsx';
import { omitPlaced } from '../forms/find-input.ts';
import { inputs } from '../generated/descriptors.ts';
import { PageHeader } from '../layout/PageHeader.tsx';

const fields = omitPlaced(inputs.UpdateDatabaseInput, []);

/** Picks what the schema lets change; what was emptied becomes null, which removes it. */
function toInput(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name }) => [name, values[name] === '' ? null : values[name]]));
}

/** The form for what can change of a database. */
export default function DatabaseEdit() {
  const report = useReportError();
  const notify = useNotify();
  const redirect = useRedirect();
  return (
    <EditBase
      mutationMode="pessimistic"
      transform={toInput}
      mutationOptions={{
        onSuccess: (database: Database) => {
          notify('Saved.', { type: 'success' });
          redirect('show', 'databases', database.id);
        },
        onError: report,
      }}
    >
      <EditForm />
    </EditBase>
  );
}

function EditForm() {
  const database = useRecordContext<Database>();
  if (!database) return null;
  const back = `/databases/${encodeURIComponent(database.id)}/show`;
  return (
    <>
      <PageHeader title="Edit database" back={{ to: back, label: database.name }} />
      <Form>
        <Card sx={{ p: { xs: 2, sm: 3 }, maxWidth: 720, display: 'grid', gap: 2 }}>
          {fields.map((input) => (
            <DescribedInput key={input.name} input={{ ...input, isRequired: input.name === 'name' }} />
          ))}
        </Card>
        <Box sx={{ display: 'flex', gap: 1.5, mt: 3 }}>
          <SaveButton label="Save" icon={<></>} />
          <Button component={Link} to={back}>
            Cancel
          </Button>
        </Box>
      </Form>
    </>
  );
}
