import { open, stat } from 'node:fs/promises';
import { messageOf, usageFailure } from '../failure.ts';
import { formatBytes } from '../terminal/format.ts';

/** What the API takes at once. */
const MAX_BYTES = 512 * 1024;
const LINE_END = 0x0a;
/** Half of a JSON document is none; lines of JSON are cut like any others. */
const WHOLE_ONLY = /\.(?:json|geojson|html?|xhtml|xml|ipynb)$/i;

export interface Beginning {
  bytes: Uint8Array;
  sizeBytes: number;
}

async function readBytes(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let read = -1; read !== 0 && at < length; at += read)
      read = (await file.read(bytes, at, length - at, at)).bytesRead;
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Returns whole lines of a text in UTF-8; null when the bytes are none, or one line fills them. */
function wholeLines(bytes: Uint8Array): Uint8Array | null {
  const lines = bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1);
  if (lines.length === 0 || lines.includes(0)) return null;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(lines);
    return lines;
  } catch {
    return null;
  }
}

/** Reads a file, or the first lines of a text that is larger than a preview may be. */
export async function readBeginning(path: string): Promise<Beginning> {
  const { size, isFile } = await stat(path).then(
    (found) => ({ size: found.size, isFile: found.isFile() }),
    (error: unknown) => {
      throw usageFailure(`"${path}" cannot be read: ${messageOf(error)}.`);
    },
  );
  if (!isFile) throw usageFailure(`"${path}" is no file; give one.`);
  if (size === 0) throw usageFailure(`"${path}" is empty.`);
  const bytes = await readBytes(path, Math.min(size, MAX_BYTES));
  if (size <= MAX_BYTES) return { bytes, sizeBytes: size };
  const lines = WHOLE_ONLY.test(path) ? null : wholeLines(bytes);
  if (lines) return { bytes: lines, sizeBytes: size };
  const message = `"${path}" has ${formatBytes(size)}; a preview takes ${formatBytes(MAX_BYTES)}, or the beginning of a text in lines.`;
  throw usageFailure(message, 'Preview a smaller file of the same kind.');
}
