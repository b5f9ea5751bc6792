import type { ErrorKind } from '../../schema/generated/types.ts';
import { IngestionFailure } from './ingestion-failure.ts';
import type { LeftOut } from './left-out.ts';

/** A file may have this share of records that cannot be read, and no more than so many; beyond, it is taken for a broken file. */
const MAX_SHARE = 0.01;
const MAX_REJECTED = 1_000;
/** Records that are named with their reason; the others are counted. */
const NAMED = 10;
const REASON_CHARACTERS = 200;

/** What is known of a file's rejected records, as JSON. */
export interface RejectedState {
  rejected: number;
  /** Without a kind in states from before it was kept: VALIDATION. */
  named: { kind?: ErrorKind; message: string; location: string | null }[];
}

/** A record's own fault: of its form, or of its vector. */
const OWN_FAULTS = new Set<ErrorKind>(['VALIDATION', 'DIMENSION_MISMATCH']);

/**
 * The records of a file that cannot be read. A few among many are left out, and the READY file's message and error name them; a file with too many
 * fails with the first of them as its reason.
 */
export class RejectedRecords {
  readonly #failures: IngestionFailure[];
  #rejected: number;

  constructor({ rejected, named }: RejectedState = { rejected: 0, named: [] }) {
    this.#rejected = rejected;
    this.#failures = named.map(
      ({ kind = 'VALIDATION', message, location }) => new IngestionFailure(kind, message, { location }),
    );
  }

  get state(): RejectedState {
    const named = this.#failures.map(({ kind, message, location }) => ({ kind, message, location }));
    return { rejected: this.#rejected, named };
  }

  /** Takes a record's failure; whatever is not the record's own fault is thrown on. */
  add(failure: unknown): void {
    if (!(failure instanceof IngestionFailure) || !OWN_FAULTS.has(failure.kind)) throw failure;
    this.#rejected += 1;
    if (this.#failures.length < NAMED) this.#failures.push(failure);
    if (this.#rejected > MAX_REJECTED) throw this.#failures[0] ?? failure;
  }

  /** Ends a file of so many records: returns what to say of the rejected ones, or throws when they are too many. */
  settle(records: number): LeftOut[] {
    const [first] = this.#failures;
    if (!first) return [];
    if (this.#rejected > records * MAX_SHARE) throw first;
    const named = this.#failures.map(({ message }) => message.slice(0, REASON_CHARACTERS));
    const rest = this.#rejected - named.length;
    const more = rest > 0 ? ` And ${rest} more.` : '';
    const [count, total] = [this.#rejected, records].map((number) => number.toLocaleString('en-US'));
    const message = `${count} of ${total} records could not be read and were left out: ${named.join(' ')}${more}`;
    const places = this.#failures.flatMap(({ location }) => location ?? []).join(', ');
    const location = rest > 0 ? `${places} and ${rest} more` : places;
    return [{ kind: first.kind, message, location: location === '' ? null : location }];
  }
}
