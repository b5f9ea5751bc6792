import type { Change, Commit } from '../api.ts';
import { isVectorDbError } from '../errors/vector-db-error.ts';
import { applyChange } from './apply-change.ts';
import { ADDED_SEGMENT_FIELD, type ConfirmedSegments } from './confirm-segments.ts';
import type { Manifest, ManifestContent } from './manifest.ts';
import { planCompaction, type CompactionLimits } from './plan-compaction.ts';
import { updateManifest, type Derived, type ManifestIo } from './update-manifest.ts';

/** Changes of one commit: bounds its time and the writes that the pointer takes back with it. */
const MAX_GROUP = 64;

type RemovedRows = Commit['removed'];

/** One call of `commit`. */
interface Ticket {
  change: Change;
  confirmed: ConfirmedSegments;
  outcome: { commit: Commit } | { error: unknown } | null;
}

/**
 * Makes the function that commits changes. Calls that overlap share one commit, in the order of their arrival; one that fails does
 * not disturb the others.
 */
export function createCommitQueue(
  io: ManifestIo,
  limits: CompactionLimits,
): (change: Change) => Promise<Commit> {
  const waiting: Ticket[] = [];
  let lastTurn = Promise.resolve();

  async function takeTurn(ticket: Ticket): Promise<void> {
    while (ticket.outcome === null) await commitGroup(io, limits, waiting);
  }

  return async (change) => {
    const ticket: Ticket = { change, confirmed: new Map(), outcome: null };
    waiting.push(ticket);
    lastTurn = lastTurn.then(() => takeTurn(ticket));
    await lastTurn;
    if (ticket.outcome === null || 'error' in ticket.outcome) throw ticket.outcome?.error;
    return ticket.outcome.commit;
  };
}

/** Commits what waits, and what comes while attempts are lost. Settles at least the first ticket; never fails. */
async function commitGroup(io: ManifestIo, limits: CompactionLimits, waiting: Ticket[]): Promise<void> {
  const taken: Ticket[] = [];
  const [first] = waiting;
  try {
    const update = await updateManifest(io, (manifest) => {
      taken.push(...waiting.splice(0, MAX_GROUP - taken.length));
      return applyTickets(io, manifest, taken);
    });
    for (const [ticket, removed] of update?.result ?? [])
      ticket.outcome = { commit: describe(update!.manifest, removed, limits) };
  } catch (error) {
    // Those that were never applied could go on, but what fails here fails the next attempt as well.
    if (taken.length === 0 && first !== undefined) taken.push(waiting.shift()!);
    for (const ticket of taken) ticket.outcome ??= { error };
  }
  waiting.unshift(...taken.filter(({ outcome }) => outcome === null));
}

/**
 * Applies the changes one after the other. A change that cannot be applied is refused when it was judged on what is stored; after
 * changes that may still fail it waits for the next commit.
 */
async function applyTickets(
  io: ManifestIo,
  manifest: Manifest,
  tickets: readonly Ticket[],
): Promise<Derived<Map<Ticket, RemovedRows>> | null> {
  let content: ManifestContent = manifest;
  const made = new Map<Ticket, RemovedRows>();
  for (const ticket of tickets) {
    if (ticket.outcome !== null) continue;
    try {
      const applied = await applyChange(io, content, ticket.change, ticket.confirmed);
      content = applied.manifest;
      made.set(ticket, applied.removed);
    } catch (error) {
      if (isMissingObject(error)) throw error;
      if (made.size === 0) ticket.outcome = { error };
    }
  }
  if (made.size === 0) return null;
  const finishedWrites = [...made.keys()].flatMap(({ change }) => change.finishedWrites);
  return { manifest: content, finishedWrites, result: made };
}

/** A segment that the manifest names is missing: it was swept since, or it is lost. */
function isMissingObject(error: unknown): boolean {
  return isVectorDbError(error, 'NotFound') && error.info.field !== ADDED_SEGMENT_FIELD;
}

function describe(
  { version, vectorCount, segments }: Manifest,
  removed: RemovedRows,
  limits: CompactionLimits,
): Commit {
  return { version, vectorCount, removed, wantsCompaction: planCompaction(segments, limits) !== null };
}
