import {
  Button,
  Card,
  Chip,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableContainer,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { useCanAccess } from 'react-admin';
import { Link } from 'react-router-dom';
import type { Database } from '../../../schema/generated/types.ts';
import { CopyButton } from '../display/CopyButton.tsx';
import { formatCount, formatName } from '../display/format.ts';
import { RecordFacts } from '../display/RecordFacts.tsx';
import { EmptyState } from '../layout/EmptyState.tsx';

/** What a database is, and the metadata that its searches can filter by. */
export function DatabaseOverview({ database }: { database: Database }) {
  return (
    <Stack spacing={3}>
      {database.vectorCount === 0 && <FirstSteps database={database} />}
      <Card component="section" sx={{ p: { xs: 2, sm: 3 } }}>
        <Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center', mb: 2 }}>
          <Typography variant="h2">Facts</Typography>
          <CopyButton text={database.id} label="Copy id" />
        </Stack>
        <RecordFacts
          type="Database"
          record={database}
          omit={['name', 'description', 'status', 'metadataFields']}
        />
      </Card>
      <MetadataFields database={database} />
    </Stack>
  );
}

function FirstSteps({ database }: { database: Database }) {
  const { canAccess } = useCanAccess({ resource: 'databases', action: 'edit' });
  if (!database.embedding) {
    return (
      <EmptyState title="Send your first vectors">
        This database takes vectors that you bring: write them with the mutation upsertVectors,{' '}
        {database.dimension} values each.
      </EmptyState>
    );
  }
  if (!canAccess)
    return <EmptyState title="Nothing to search yet">An administrator can add files.</EmptyState>;
  return (
    <EmptyState
      title="Add your first files"
      action={
        <Button component={Link} to="files" variant="contained">
          Add files
        </Button>
      }
    >
      Drop documents in and ask questions as soon as they are ready.
    </EmptyState>
  );
}

function MetadataFields({ database }: { database: Database }) {
  return (
    <Card component="section" sx={{ p: { xs: 2, sm: 3 } }}>
      <Typography variant="h2">Metadata fields</Typography>
      {database.metadataFields.length === 0 && (
        <Typography color="textSecondary" sx={{ mt: 1 }}>
          None yet. They appear here with the first file or vector that has metadata, and searches can then
          filter by them.
        </Typography>
      )}
      {database.metadataFields.length > 0 && (
        <TableContainer sx={{ mt: 1 }}>
          <Table size="small">
            <TableHead>
              <TableRow>
                <TableCell>Field</TableCell>
                <TableCell>Type</TableCell>
                <TableCell align="right">Distinct values</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {database.metadataFields.map(({ name, type, distinct }) => (
                <TableRow key={name}>
                  <TableCell>{name}</TableCell>
                  <TableCell>
                    <Chip size="small" label={formatName(type.toLowerCase())} />
                  </TableCell>
                  <TableCell align="right">{formatCount(distinct)}</TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </TableContainer>
      )}
    </Card>
  );
}
