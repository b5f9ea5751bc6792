import type { Metadata } from '../../engine/api.ts';
import { RequestError } from '../shared/request-error.ts';

/** A vector on its way into the database: what a caller gave, joined with what is stored. */
export interface Draft {
  /** The entry's place in the request. */
  index: number;
  id: string;
  /** Null until the text is embedded. */
  values: Float32Array | null;
  text: string | null;
  metadata: Metadata;
  fileId: string | null;
  fileVersion: number;
  /** Attributes of the record that an update keeps. */
  kept: {
    chunkIndex: number | null;
    page: number | null;
    startOffset: number | null;
    endOffset: number | null;
    createdAt: string | null;
  };
}

/** What the record of a vector without a file says of its place in one. */
export const WITHOUT_PLACE: Draft['kept'] = {
  chunkIndex: null,
  page: null,
  startOffset: null,
  endOffset: null,
  createdAt: null,
};

/** Fails with PAYLOAD_TOO_LARGE when the entries of one request are larger than AppSync would take. */
export function requirePayloadLimit(entries: readonly unknown[], field: string): void {
  const actual = Buffer.byteLength(JSON.stringify(entries));
  if (actual <= MAX_PAYLOAD_BYTES) return;
  throw new RequestError(
    'PAYLOAD_TOO_LARGE',
    `${field} takes ${actual} bytes as JSON; at most ${MAX_PAYLOAD_BYTES} are allowed in one request.`,
    {
      field,
      limit: MAX_PAYLOAD_BYTES,
      actual,
      hint: 'Send fewer entries at once, or valuesBase64 instead of values.',
    },
  );
}

/** AppSync's ceiling for an evaluated request is 5 MB; the rest is room for the envelope. */
const MAX_PAYLOAD_BYTES = 4_900_000;
