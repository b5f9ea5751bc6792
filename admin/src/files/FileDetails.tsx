import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useId } from 'react';
import type { File as StoredFile } from '../../../schema/generated/types.ts';
import { RecordFacts } from '../display/RecordFacts.tsx';

/** Everything that is known of a file. */
export function FileDetails({ file, onClose }: { file: StoredFile; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id} sx={{ overflowWrap: 'anywhere' }}>
        {file.name}
      </DialogTitle>
      <DialogContent>
        <RecordFacts type="File" record={file} omit={['name', 'databaseId']} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
