import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { IngestionProgress } from '../../../schema/generated/types.ts';
import { useApi } from '../transport/api-context.tsx';
import { followForever } from './follow-forever.ts';

interface LiveProgress {
  /** The newest report of each file, by file id. */
  reports: ReadonlyMap<string, IngestionProgress>;
  isLive: boolean;
}

const ProgressContext = createContext<LiveProgress>({ reports: new Map(), isLive: false });

/** Returns what the subscription has reported on the files of the database around. */
export function useLiveProgress(): LiveProgress {
  return useContext(ProgressContext);
}

const ENDED = new Set(['READY', 'FAILED']);

/** Reports may overtake each other, and what is stored is told again to whoever joins. */
function keepNewest(
  known: ReadonlyMap<string, IngestionProgress>,
  progress: IngestionProgress,
): ReadonlyMap<string, IngestionProgress> {
  const before = known.get(progress.fileId);
  if (before && before.updatedAt > progress.updatedAt) return known;
  return new Map(known).set(progress.fileId, progress);
}

/** Follows the ingestion of one database while any of its tabs is open, and reads lists again when a file has ended. */
export function ProgressProvider({ databaseId, children }: { databaseId: string; children: ReactNode }) {
  const api = useApi();
  const queries = useQueryClient();
  const [reports, setReports] = useState<ReadonlyMap<string, IngestionProgress>>(new Map());
  const [isLive, setIsLive] = useState(false);

  useEffect(() => {
    setReports(new Map());
    let refresh: ReturnType<typeof setTimeout> | null = null;
    const refreshSoon = (): void => {
      // Many files may end within one second: one reading does for all.
      refresh ??= setTimeout(() => {
        refresh = null;
        for (const resource of ['files', 'databases', 'vectors'])
          void queries.invalidateQueries({ queryKey: [resource] });
      }, 400);
    };
    const stop = followForever({
      follow: (listener) => api.followProgress(databaseId, listener),
      onLive: (live) => {
        setIsLive(live);
        // Ends that were missed meanwhile are not told again: only unfinished files are.
        if (live) refreshSoon();
      },
      onProgress: (progress) => {
        setReports((known) => keepNewest(known, progress));
        if (ENDED.has(progress.status)) refreshSoon();
      },
    });
    return () => {
      stop();
      if (refresh) clearTimeout(refresh);
    };
  }, [api, databaseId, queries]);

  const value = useMemo(() => ({ reports, isLive }), [reports, isLive]);
  return <ProgressContext value={value}>{children}</ProgressContext>;
}
