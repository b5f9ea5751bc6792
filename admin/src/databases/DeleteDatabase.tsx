import { useDelete, useNotify, useRedirect } from 'react-admin';
import type { Database } from '../../../schema/generated/types.ts';
import { useReportError } from '../data/use-report-error.ts';
import { formatAmount } from '../display/format.ts';
import { ConfirmDialog } from '../layout/ConfirmDialog.tsx';

/** Deletes a database after its name was typed. */
export function DeleteDatabase({ database, onClose }: { database: Database; onClose: () => void }) {
  const [remove, { isPending }] = useDelete();
  const notify = useNotify();
  const redirect = useRedirect();
  const report = useReportError();

  function confirm(): void {
    void remove(
      'databases',
      { id: database.id, previousData: database },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          notify(`The database “${database.name}” was deleted.`, { type: 'success' });
          redirect('list', 'databases');
        },
        onError: (error: unknown) => {
          report(error);
          onClose();
        },
      },
    );
  }

  return (
    <ConfirmDialog
      title={`Delete “${database.name}”?`}
      action="Delete for good"
      typed={database.name}
      isBusy={isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      {formatAmount(database.fileCount, 'file')} and {formatAmount(database.vectorCount, 'vector')} go with
      it. This cannot be undone.
    </ConfirmDialog>
  );
}
