import type { Kernels } from '../kernels/kernels.ts';
import type { StoreIo } from '../storage/store-io.ts';
import type { VectorResidency } from './vector-residency.ts';

/** What reading rows for the kernels needs. */
export interface VectorIo extends StoreIo {
  kernels: Kernels;
  vectors: VectorResidency;
}
