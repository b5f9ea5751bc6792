import { describe, expect, it } from 'vitest';
import type { FileRowFragment } from '../../../cli/generated/operations.ts';
import { KnownFiles, type LocalDigests } from '../../../cli/ingest/known-files.ts';

const file = (id: string, path: string, sha256: string, status = 'READY'): FileRowFragment => ({
  id,
  name: path,
  sizeBytes: 1,
  sha256,
  status: status as FileRowFragment['status'],
  vectorCount: 1,
  metadata: JSON.stringify({ path }),
  progress: {
    percent: 100,
    chunksDone: 1,
    chunksTotal: 1,
    bytesDone: 1,
    bytesTotal: 1,
    message: null,
  },
  error: null,
});

/** Decides on every file of a folder, as a run does; returns for each path what is done. */
async function decideAll(stored: FileRowFragment[], local: Record<string, string>, mayReplace = true) {
  const known = new KnownFiles();
  for (const each of stored) known.add(each);
  const digests: LocalDigests = { digestAt: (path) => Promise.resolve(local[path] ?? null) };
  const decided: Record<string, string> = {};
  for (const [path, sha256] of Object.entries(local)) {
    const decision = await known.decide(path, sha256, { mayReplace, digests });
    decided[path] =
      decision.action === 'UPLOAD'
        ? `UPLOAD ${decision.replaceFileId ?? 'new'}`
        : `${decision.action} ${decision.file.id}`;
  }
  return decided;
}

describe('what is done with a local file', () => {
  it('keeps both contents when a file was renamed and its old name has a new one', async () => {
    const stored = [file('F1', 'docs/a', 'old')];

    expect(await decideAll(stored, { 'docs/a': 'new', 'docs/b': 'old' })).toEqual({
      'docs/a': 'UPLOAD F1',
      'docs/b': 'UPLOAD new',
    });
  });

  it('takes a renamed file as it is when nothing replaces it', async () => {
    expect(await decideAll([file('F1', 'docs/a', 'old')], { 'docs/b': 'old' })).toEqual({
      'docs/b': 'SKIP F1',
    });
  });

  it('takes a copy that stays rather than one that is replaced', async () => {
    const stored = [file('F1', 'docs/a', 'old'), file('F2', 'docs/c', 'old'), file('F3', 'docs/d', 'old')];

    const decided = await decideAll(stored, { 'docs/a': 'new', 'docs/b': 'old', 'docs/d': 'newer' });

    expect(decided).toEqual({ 'docs/a': 'UPLOAD F1', 'docs/b': 'SKIP F2', 'docs/d': 'UPLOAD F3' });
  });

  it('swaps two files', async () => {
    const stored = [file('F1', 'docs/a', 'one'), file('F2', 'docs/b', 'two')];

    expect(await decideAll(stored, { 'docs/a': 'two', 'docs/b': 'one' })).toEqual({
      'docs/a': 'UPLOAD F1',
      'docs/b': 'UPLOAD F2',
    });
  });

  it('takes any copy when nothing may be replaced', async () => {
    const decided = await decideAll(
      [file('F1', 'docs/a', 'old')],
      { 'docs/a': 'new', 'docs/b': 'old' },
      false,
    );

    expect(decided).toEqual({ 'docs/a': 'UPLOAD new', 'docs/b': 'SKIP F1' });
  });

  it('finds the version of a path that has the same bytes among several', async () => {
    const stored = [file('F2', 'docs/a', 'two'), file('F1', 'docs/a', 'one')];

    expect(await decideAll(stored, { 'docs/a': 'two' })).toEqual({ 'docs/a': 'SKIP F2' });
  });

  it('sends once more what failed or never arrived, as a new version of the same file', async () => {
    const stored = [file('F1', 'docs/a', 'one', 'FAILED'), file('F2', 'docs/b', 'two', 'AWAITING_UPLOAD')];

    expect(await decideAll(stored, { 'docs/a': 'one', 'docs/b': 'two', 'docs/c': 'one' })).toEqual({
      'docs/a': 'UPLOAD F1',
      'docs/b': 'UPLOAD F2',
      'docs/c': 'UPLOAD new',
    });
  });

  it('waits for what is being processed', async () => {
    const stored = [file('F1', 'docs/a', 'one', 'EMBEDDING')];

    expect(await decideAll(stored, { 'docs/a': 'one', 'docs/b': 'one' })).toEqual({
      'docs/a': 'FOLLOW F1',
      'docs/b': 'FOLLOW F1',
    });
  });
});
