import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = '.local-aws-data';
const MARKER_TEXT = 'This folder belongs to the local runtime: it is deleted as a whole by --reset.\n';

/** A fault of the command line or of the machine: the message alone tells the user what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Makes the data folder, for its owner alone, or checks that an existing one is ours and writable. */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    const entries = await readdir(folder);
    if (entries.includes(MARKER)) return;
    if (entries.length > 0) {
      throw new StartError(
        `the data folder ${folder} is not empty and was not made by this runtime; choose another with --data`,
      );
    }
    await writeFile(join(folder, MARKER), MARKER_TEXT);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`cannot use the data folder ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Empties a data folder that carries the marker; any other is left alone. */
export async function resetDataFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry !== MARKER) await rm(join(folder, entry), { recursive: true, force: true });
  }
}
