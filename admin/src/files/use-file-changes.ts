import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNotify } from 'react-admin';
import type { File as StoredFile } from '../../../schema/generated/types.ts';
import { useReportError } from '../data/use-report-error.ts';
import { useApi } from '../transport/api-context.tsx';

interface FileChanges {
  isBusy: boolean;
  processAgain: () => void;
  cancel: () => void;
  /** Calls `after` when it is over, whether it went well or not. */
  remove: (after: () => void) => void;
}

/** Returns how to process a file again, to cancel that, and to delete the file; lists are read again afterwards. */
export function useFileChanges({ databaseId, id, name }: StoredFile): FileChanges {
  const api = useApi();
  const queries = useQueryClient();
  const notify = useNotify();
  const report = useReportError();
  const [isBusy, setIsBusy] = useState(false);

  async function change(action: () => Promise<unknown>, message: string): Promise<void> {
    setIsBusy(true);
    try {
      await action();
      notify(message, { type: 'success' });
    } catch (error) {
      report(error);
    }
    setIsBusy(false);
    await Promise.all(
      ['files', 'databases', 'vectors'].map((resource) =>
        queries.invalidateQueries({ queryKey: [resource] }),
      ),
    );
  }

  return {
    isBusy,
    processAgain: () =>
      void change(
        () => api.request('processVectors', { databaseId, fileId: id }),
        `${name} is being processed again.`,
      ),
    cancel: () =>
      void change(
        () => api.request('cancelIngestion', { databaseId, fileId: id }),
        `The processing of ${name} was cancelled.`,
      ),
    remove: (after: () => void) =>
      void change(() => api.request('deleteFile', { databaseId, id }), `${name} was deleted.`).then(after),
  };
}
