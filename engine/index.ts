export type * from './api.ts';
export { createCache, openDatabase, type EngineCache, type OpenOptions } from './open-database.ts';
export { invariant } from './errors/invariant.ts';
export {
  isVectorDbError,
  VectorDbError,
  type ErrorCategory,
  type ErrorCode,
  type ErrorInfo,
} from './errors/vector-db-error.ts';
export { loadKernels, type KernelOptions } from './kernels/load-kernels.ts';
export { MAX_DIMENSION, MAX_TOP_K, type Kernels } from './kernels/kernels.ts';
export { memoryPointer } from './storage/memory-pointer.ts';
export { memoryStore } from './storage/memory-store.ts';
export { seededRandom, systemClock, type Clock } from './storage/clock.ts';
export { mapLimited } from './storage/map-limited.ts';
export { checkRow, ROW_LIMITS, type RowProblem } from './segment/check-row.ts';
export { analyzeQuery, analyzeText, type AnalyzedWord, type QueryWord } from './index/analyze-text.ts';
export { joinParts } from './storage/object-parts.ts';
export { fileStore } from './storage/file-store.ts';
export { countingStore, type StoreCounts } from './storage/counting-store.ts';
export { parseFilterJson } from './query/parse-filter-json.ts';
export type { Finding } from './verify/finding.ts';
export { verifyDatabase, type VerifyOptions } from './verify/verify-database.ts';
