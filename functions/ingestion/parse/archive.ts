import { IngestionFailure } from '../ingestion-failure.ts';
import type { ZipEntry } from './zip-archive.ts';

/** The parts of a document that is a ZIP archive, by their names. */
export class Archive {
  private readonly entries: Map<string, ZipEntry>;

  constructor(entries: readonly ZipEntry[]) {
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  find(name: string): Uint8Array | null {
    return this.entries.get(name)?.read() ?? null;
  }

  /** Reads a part that the document cannot be without. */
  require(name: string): Uint8Array {
    const bytes = this.find(name);
    if (bytes) return bytes;
    const message = `The document is damaged: its part "${name.slice(0, 200)}" is missing.`;
    throw new IngestionFailure('CORRUPT_DATA', message);
  }
}

/** Returns the name of the part that a reference within another part means; null when it points out of the archive. */
export function resolvePart(base: string, reference: string): string | null {
  const path = reference.split('#', 1)[0] ?? '';
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('//')) return null;
  const folders = path.startsWith('/') ? [] : base.split('/').slice(0, -1);
  for (const piece of path.split('/')) {
    if (piece === '..') folders.pop();
    else if (piece !== '' && piece !== '.') folders.push(decodePiece(piece));
  }
  return folders.join('/');
}

function decodePiece(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
