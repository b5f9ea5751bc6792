import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobReference } from './record.ts';

const SHARDS = 256;

/**
 * The bytes of objects, one file each under a random name: a key never becomes a path. A file counts only once the
 * journal names it; until then it is swept at the next start.
 */
export class BlobFolder {
  readonly #directory: string;
  readonly #onWarning: (message: string) => void;
  /** Reads under way by blob: a blob that is let go meanwhile is removed behind the last. */
  readonly #pins = new Map<string, number>();
  readonly #released = new Set<string>();
  #removals: Promise<void> = Promise.resolve();

  private constructor(directory: string, onWarning: (message: string) => void) {
    this.#directory = directory;
    this.#onWarning = onWarning;
  }

  static async open(directory: string, onWarning: (message: string) => void): Promise<BlobFolder> {
    await mkdir(directory, { recursive: true });
    const there = new Set(await readdir(directory));
    for (let shard = 0; shard < SHARDS; shard++) {
      const name = shard.toString(16).padStart(2, '0');
      if (!there.has(name)) await mkdir(join(directory, name));
    }
    return new BlobFolder(directory, onWarning);
  }

  /** Removes files that nothing uses and reports those that are missing or cut short. */
  async sweep(sizes: ReadonlyMap<string, number>): Promise<void> {
    const found = new Set<string>();
    for (const shard of await readdir(this.#directory)) {
      for (const name of await readdir(join(this.#directory, shard))) {
        if (sizes.has(name)) found.add(name);
        else await rm(join(this.#directory, shard, name), { force: true });
      }
    }
    for (const blob of sizes.keys()) {
      if (!found.has(blob)) this.#onWarning(`the file of blob ${blob} is missing: its object cannot be read`);
    }
  }

  /** Writes a stream to a new blob and resolves when its bytes are on disk; `size` 0 gives no blob. */
  async write(source: AsyncIterable<Uint8Array>): Promise<BlobReference[]> {
    const blob = randomBytes(16).toString('hex');
    const file = await open(this.#path(blob), 'wx');
    let size = 0;
    try {
      for await (const chunk of source) {
        let done = 0;
        while (done < chunk.length) done += (await file.write(chunk, done)).bytesWritten;
        size += chunk.length;
      }
      await file.datasync();
      await file.close();
    } catch (error) {
      await file.close();
      await this.#remove(blob);
      throw error;
    }
    if (size > 0) return [{ blob, size }];
    await this.#remove(blob);
    return [];
  }

  /** Keeps the blobs readable until the returned function is called. */
  pin(blobs: readonly BlobReference[]): () => void {
    for (const { blob } of blobs) this.#pins.set(blob, (this.#pins.get(blob) ?? 0) + 1);
    let isPinned = true;
    return () => {
      if (!isPinned) return;
      isPinned = false;
      for (const { blob } of blobs) this.#unpin(blob);
    };
  }

  /** Reads the bytes from `start` up to before `end` of the blobs in a row. The blobs must be pinned. */
  async *read(blobs: readonly BlobReference[], start: number, end: number): AsyncGenerator<Uint8Array> {
    let offset = 0;
    for (const { blob, size } of blobs) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size);
      offset += size;
      if (from >= to) continue;
      let left = to - from;
      for await (const chunk of createReadStream(this.#path(blob), {
        start: from,
        end: to - 1,
        highWaterMark: 1 << 18,
      })) {
        left -= (chunk as Buffer).length;
        yield chunk as Buffer;
      }
      if (left > 0) throw new Error(`the file of blob ${blob} is cut short by ${left} bytes`);
    }
  }

  /** Fails when a file is missing or has another size than recorded. */
  async check(blobs: readonly BlobReference[]): Promise<void> {
    for (const { blob, size } of blobs) {
      const { size: actual } = await stat(this.#path(blob));
      if (actual !== size) throw new Error(`the file of blob ${blob} has ${actual} bytes; expected ${size}`);
    }
  }

  /** Removes blobs that nothing uses any more, behind the reads that are under way. */
  release(blobs: readonly string[]): void {
    for (const blob of blobs) {
      if (this.#pins.has(blob)) this.#released.add(blob);
      else this.#removals = this.#removals.then(() => this.#remove(blob));
    }
  }

  async close(): Promise<void> {
    await this.#removals;
  }

  #unpin(blob: string): void {
    const left = (this.#pins.get(blob) ?? 1) - 1;
    if (left > 0) {
      this.#pins.set(blob, left);
      return;
    }
    this.#pins.delete(blob);
    if (this.#released.delete(blob)) this.release([blob]);
  }

  async #remove(blob: string): Promise<void> {
    try {
      await rm(this.#path(blob), { force: true });
    } catch (error) {
      this.#onWarning(`the file of blob ${blob} could not be removed: ${String(error)}`);
    }
  }

  #path(blob: string): string {
    return join(this.#directory, blob.slice(0, 2), blob);
  }
}
