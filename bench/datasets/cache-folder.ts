import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package; bundles of it lie elsewhere and are told by the environment. */
export const benchFolder = process.env['BENCH_FOLDER'] ?? fileURLToPath(new URL('..', import.meta.url));

/** Holds generated sets, indexes that were built, and bundles; all of it can be made again. */
export const cacheFolder = join(benchFolder, '.cache');
