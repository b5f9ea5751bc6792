import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RequestError } from '../../shared/request-error.ts';

/** What is used of the package, which is no dependency of this project. */
export interface Transformers {
  env: { cacheDir: string | null; localModelPath: string; allowRemoteModels: boolean };
  pipeline(task: 'feature-extraction', model: string, options: { dtype: string }): Promise<ExtractFeatures>;
}

export type ExtractFeatures = (
  texts: string[],
  options: { pooling: 'mean' | 'cls'; normalize: boolean },
) => Promise<{ dims: number[]; data: ArrayLike<number> }>;

const PACKAGE = '@huggingface/transformers';
const INSTALL = `npm install --no-save ${PACKAGE}@3`;

function isMissing(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(PACKAGE);
}

/**
 * Returns the folder of models: fetched ones are kept there, and those that somebody put there need no network. It is the package's own,
 * which all functions of one machine share, unless VDB_MODELS_FOLDER names another or it cannot be written, as in Lambda.
 */
async function findModelsFolder(ofPackage: string | null, environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment['VDB_MODELS_FOLDER'];
  if (named !== undefined && named !== '') return named;
  const elsewhere = join(tmpdir(), 'vector-db-models');
  if (ofPackage === null) return elsewhere;
  return await access(dirname(ofPackage), constants.W_OK).then(
    () => ofPackage,
    () => elsewhere,
  );
}

/** Loads the package that runs models, when somebody has installed it; VDB_TRANSFORMERS names it elsewhere than among the dependencies. */
export async function loadTransformers(environment: NodeJS.ProcessEnv = process.env): Promise<Transformers> {
  // A name that is not written out keeps the package out of every bundle.
  const specifier = environment['VDB_TRANSFORMERS'] ?? PACKAGE;
  try {
    const transformers = (await import(specifier)) as Transformers;
    const folder = await findModelsFolder(transformers.env.cacheDir, environment);
    Object.assign(transformers.env, { cacheDir: folder, localModelPath: folder });
    return transformers;
  } catch (error) {
    const problem = isMissing(error)
      ? `the package ${PACKAGE} is not installed`
      : `its package cannot be loaded`;
    const message = `The embedding provider "transformers" cannot run: ${problem}. Install it with "${INSTALL}" in the folder of the service.`;
    const info = { field: 'embedding.provider', hint: INSTALL };
    throw new RequestError('UNAVAILABLE', message, info, { cause: error });
  }
}
