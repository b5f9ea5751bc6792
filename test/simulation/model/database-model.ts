import type { Commit, FieldType, PointerUpdate, Row } from '../../../engine/api.ts';

/** A commit as the model knows it; `id` is its only finished write. */
export interface ModelChange {
  id: string;
  segments: Row[][];
  removeIds: string[];
  removeFiles: { fileId: string; beforeVersion: number }[];
}

/** What a database holds at one version. */
export interface ModelState {
  rows: ReadonlyMap<string, Row>;
  fields: ReadonlyMap<string, FieldType>;
  manifest: string | null;
  atMs: number;
}

export type Refusal = 'Conflict' | 'InvalidInput';

interface Applied {
  rows: Map<string, Row>;
  fields: Map<string, FieldType>;
  removed: Commit['removed'];
}

/** Says what a change makes of a state, straight from the contract; the kind of the error when it must be refused. */
export function applyToModel(
  state: Pick<ModelState, 'rows' | 'fields'>,
  change: ModelChange,
): Applied | Refusal {
  const rows = new Map(state.rows);
  const fields = new Map(state.fields);
  const left: Row[] = [];
  const remove = (row: Row): void => {
    rows.delete(row.id);
    left.push(row);
  };
  for (const { fileId, beforeVersion } of change.removeFiles) {
    const ofFile = [...rows.values()].filter((row) => row.fileId === fileId);
    if (ofFile.some(({ fileVersion }) => fileVersion > beforeVersion)) return 'Conflict';
    ofFile.filter(({ fileVersion }) => fileVersion < beforeVersion).forEach(remove);
  }
  for (const id of change.removeIds) {
    const row = rows.get(id);
    if (row !== undefined) remove(row);
  }
  for (const row of change.segments.flat()) {
    for (const [name, value] of Object.entries(row.metadata)) {
      const type = typeof value === 'number' ? 'NUMBER' : 'STRING';
      if ((fields.get(name) ?? type) !== type) return 'InvalidInput';
      fields.set(name, type);
    }
    const replaced = rows.get(row.id);
    if (replaced !== undefined) remove(replaced);
    rows.set(row.id, row);
  }
  const added = new Map(change.segments.flat().map((row) => [row.id, row.address]));
  const removed = left.filter(({ id, address }) => added.get(id) !== address);
  return { rows, fields, removed: removed.map(({ id, address, fileId }) => ({ id, address, fileId })) };
}

interface MadeChange {
  version: number;
  removed: Commit['removed'];
}

/** What a database must hold at every version, from the moves of its pointer alone. */
export class DatabaseModel {
  /** By version. */
  readonly states: ModelState[];
  private readonly announced = new Map<string, ModelChange>();
  private readonly made = new Map<string, MadeChange>();

  constructor(atMs: number) {
    this.states = [{ rows: new Map(), fields: new Map(), manifest: null, atMs }];
  }

  get version(): number {
    return this.states.length - 1;
  }

  get current(): ModelState {
    return this.states.at(-1)!;
  }

  announce(change: ModelChange): void {
    this.announced.set(change.id, change);
  }

  /** Follows a move of the pointer; fails when it is not what the announced changes make. */
  advance(update: PointerUpdate, atMs: number): void {
    const before = this.current;
    let { rows, fields } = before;
    for (const id of update.finishedWrites) {
      const change = this.announced.get(id);
      if (change === undefined) throw new Error(`version ${update.version} has the unknown write ${id}`);
      if (this.made.has(id))
        throw new Error(`write ${id} was made twice, again by version ${update.version}`);
      const applied = applyToModel({ rows, fields }, change);
      if (typeof applied === 'string') throw new Error(`write ${id} was made instead of ${applied}`);
      ({ rows, fields } = applied);
      this.made.set(id, { version: Number(update.version), removed: applied.removed });
    }
    this.states.push({ rows, fields, manifest: update.manifest, atMs });
    expectSame('the version', Number(update.version), this.version);
    expectSame('vectorCount', update.vectorCount, rows.size);
    expectSame('fileCount', update.fileCount, countFiles(rows));
    expectSame(
      'the fields',
      update.metadataFields.map(({ name, type }) => [name, type]),
      [...fields].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** Fails when an acknowledged write was not made exactly as it was acknowledged. */
  checkAcknowledged(id: string, commit: Commit): void {
    const made = this.made.get(id);
    if (made === undefined) throw new Error(`write ${id} was acknowledged and not made`);
    expectSame(`the version of ${id}`, Number(commit.version), made.version);
    expectSame(`vectorCount of ${id}`, commit.vectorCount, this.states[made.version]!.rows.size);
    expectSame(`what ${id} removed`, sortRemoved(commit.removed), sortRemoved(made.removed));
  }

  /** Fails when a refused write was made, or had no reason to be refused at any version since `from`. */
  checkRefused(id: string, kind: Refusal, from: number): void {
    if (this.made.has(id)) throw new Error(`write ${id} was refused as ${kind} and made`);
    const change = this.announced.get(id)!;
    const hasReason = this.states.slice(from).some((state) => applyToModel(state, change) === kind);
    if (!hasReason) throw new Error(`write ${id} was refused as ${kind} without a reason`);
  }
}

function sortRemoved(removed: Commit['removed']): string[] {
  return removed.map(({ id, address, fileId }) => `${id} ${address} ${fileId}`).sort();
}

export function countFiles(rows: ReadonlyMap<string, Row>): number {
  return new Set([...rows.values()].flatMap(({ fileId }) => fileId ?? [])).size;
}

/** Fails when two plain values differ. */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what} is ${one}; expected ${other}`);
}
