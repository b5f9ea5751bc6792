import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNotify } from 'react-admin';
import type { ApiKey, GeneratedApiKey } from '../../../schema/generated/types.ts';
import { useReportError } from '../data/use-report-error.ts';
import { useApi } from '../transport/api-context.tsx';

interface KeyChanges {
  isBusy: boolean;
  /** What a rotation answered, until it is forgotten. */
  generated: GeneratedApiKey | null;
  revoke: () => void;
  rotate: (graceMinutes: number | undefined) => void;
  forget: () => void;
}

/** Returns how to end or replace a key; `onDone` is called when it is over, whether it went well or not. */
export function useKeyChanges({ id, name }: ApiKey, onDone: () => void): KeyChanges {
  const api = useApi();
  const queries = useQueryClient();
  const notify = useNotify();
  const report = useReportError();
  const [isBusy, setIsBusy] = useState(false);
  const [generated, setGenerated] = useState<GeneratedApiKey | null>(null);
  const reread = (): Promise<void> => queries.invalidateQueries({ queryKey: ['api-keys'] });

  async function run(action: () => Promise<void>): Promise<void> {
    setIsBusy(true);
    try {
      await action();
    } catch (error) {
      report(error);
    }
    setIsBusy(false);
    onDone();
  }

  async function revoke(): Promise<void> {
    await api.request('revokeApiKey', { id });
    notify(`The key “${name}” was revoked.`, { type: 'success' });
    await reread();
  }

  return {
    isBusy,
    generated,
    revoke: () => void run(revoke),
    rotate: (graceMinutes) =>
      void run(async () => {
        setGenerated(await api.request('rotateApiKey', { id, graceMinutes }));
      }),
    forget: () => {
      setGenerated(null);
      void reread();
    },
  };
}
