import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { JournalRecord } from './record.ts';

const READ_BYTES = 1 << 20;
const SNAPSHOT_BATCH = 1000;

/**
 * A file of records, one a line: `<CRC32 of the JSON, 8 hex digits> <JSON>`. Appending a batch is one write, and a line
 * counts when it is whole, so a record is there entirely or not at all, wherever the process ends.
 */
export class Journal {
  readonly #path: string;
  #file: FileHandle;
  #size: number;
  #lines: number;
  #isBroken = false;

  private constructor(path: string, file: FileHandle, state: { size: number; lines: number }) {
    this.#path = path;
    this.#file = file;
    this.#size = state.size;
    this.#lines = state.lines;
  }

  /** Opens or makes the journal, hands every record to `apply`, and cuts off what a dying process left half written. */
  static async open(path: string, apply: (record: JournalRecord) => void): Promise<Journal> {
    const file = await open(path, 'a+').then(async (made) => {
      await made.close();
      return open(path, 'r+');
    });
    try {
      const state = await replay(file, path, apply);
      await file.truncate(state.size);
      return new Journal(path, file, state);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get lines(): number {
    return this.#lines;
  }

  /** Resolves when the records are on disk. On failure none of them counts. */
  async append(records: readonly JournalRecord[]): Promise<void> {
    if (this.#isBroken)
      throw new Error(`the journal ${this.#path} could not be repaired after a failed write; restart`);
    const bytes = Buffer.from(records.map(formatLine).join(''), 'utf8');
    try {
      await writeAll(this.#file, bytes, this.#size);
      await this.#file.datasync();
    } catch (error) {
      this.#isBroken = true;
      await this.#file.truncate(this.#size);
      this.#isBroken = false;
      throw error;
    }
    this.#size += bytes.length;
    this.#lines += records.length;
  }

  /** Replaces the journal by the given records, all or none. Nothing may be appended meanwhile. */
  async rewrite(records: Iterable<JournalRecord>): Promise<void> {
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, 'w+');
    let size = 0;
    let lines = 0;
    try {
      for (const batch of batches(records, SNAPSHOT_BATCH)) {
        const bytes = Buffer.from(batch.map(formatLine).join(''), 'utf8');
        await writeAll(file, bytes, size);
        size += bytes.length;
        lines += batch.length;
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    // Closed around the rename because Windows refuses to replace an open file.
    this.#isBroken = true;
    await this.#file.close();
    try {
      await rename(temporary, this.#path);
      this.#size = size;
      this.#lines = lines;
    } finally {
      this.#file = await open(this.#path, 'r+');
      this.#isBroken = false;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function formatLine(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(line: string): JournalRecord | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || crc32(json).toString(16).padStart(8, '0') !== line.slice(0, 8)) return undefined;
  return JSON.parse(json) as JournalRecord;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Reads all lines. A bad line is forgiven only as the last: then the process died while writing it, and no one was told it was done. */
async function replay(
  file: FileHandle,
  path: string,
  apply: (record: JournalRecord) => void,
): Promise<{ size: number; lines: number }> {
  let size = 0;
  let lines = 0;
  let badAt = -1;
  for await (const line of readLines(file)) {
    const text = line.toString('utf8');
    const record = badAt < 0 || /^[0-9a-f]{8} \{/.test(text) ? parseLine(text) : undefined;
    if (record && badAt >= 0) {
      throw new Error(
        `the journal ${path} is damaged at byte ${badAt}: the line is not whole, but later lines are; restore the file from a copy`,
      );
    }
    if (record) {
      apply(record);
      size += line.length + 1;
      lines++;
    } else if (badAt < 0) {
      badAt = size;
    }
  }
  return { size, lines };
}

/** Goes through the lines that end in a line feed; what stands behind the last is left out. */
async function* readLines(file: FileHandle): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = [];
  let position = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    let start = 0;
    for (let end = buffer.indexOf(10); end >= 0 && end < bytesRead; end = buffer.indexOf(10, start)) {
      yield Buffer.concat([...pieces.splice(0), buffer.subarray(start, end)]);
      start = end + 1;
    }
    pieces.push(buffer.subarray(start, bytesRead));
  }
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
