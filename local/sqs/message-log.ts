import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadRecords, readAt, toLogged } from './log-records.ts';
import type { Accepted, LoadedLog, LoggedMessage, LogRecord, Place, StoredMessage } from './log-records.ts';

/** Rewriting is worth it when at least this much is dead, and at least half of the file. */
const LEAST_DEAD_BYTES = 1_000_000;

/** The messages of one queue on disk: an append-only file of JSON lines, rewritten when most of it is dead. */
export class MessageLog {
  readonly #path: string;
  readonly #messages: Map<string, LoggedMessage>;
  readonly #places: Map<string, Place>;
  readonly #keepAccepted: (accepted: Accepted) => boolean;
  #accepted: Accepted[];
  #file: FileHandle;
  #endOffset: number;
  #liveBytes: number;
  #chain: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    { file, loaded }: { file: FileHandle; loaded: LoadedLog },
    keepAccepted: (accepted: Accepted) => boolean,
  ) {
    const { messages, places, accepted, sizeBytes } = loaded;
    this.#keepAccepted = keepAccepted;
    this.#accepted = accepted;
    this.#path = path;
    this.#file = file;
    this.#messages = messages;
    this.#places = places;
    this.#endOffset = sizeBytes;
    this.#liveBytes = [...places.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Opens a log; a last line that was cut off by a kill was never acknowledged, and goes. */
  static async open(
    path: string,
    keepAccepted: (accepted: Accepted) => boolean = () => false,
  ): Promise<MessageLog> {
    await mkdir(dirname(path), { recursive: true });
    const loaded = loadRecords(path);
    const file = await open(path, existsSync(path) ? 'r+' : 'w+', 0o600);
    await file.truncate(loaded.sizeBytes);
    return new MessageLog(path, { file, loaded }, keepAccepted);
  }

  /** Returns what is there, in the order in which it was sent. */
  list(): LoggedMessage[] {
    return [...this.#messages.values()];
  }

  /** Returns what was accepted and may be sent again. */
  accepted(): readonly Accepted[] {
    return this.#accepted;
  }

  send(sent: StoredMessage[], accepted: Accepted[] = []): Promise<void> {
    return this.#enqueue(async () => {
      const written = await this.#append(
        sent.map((send) => ({ send, accepted: accepted.find(({ id }) => id === send.id) })),
      );
      this.#accepted = [...this.#accepted.filter(this.#keepAccepted), ...accepted];
      for (const [index, place] of written.entries()) {
        const message = sent[index] as StoredMessage;
        this.#places.set(message.id, place);
        this.#messages.set(message.id, toLogged({ send: message }));
        this.#liveBytes += place.length;
      }
    });
  }

  /** Reads a message back; undefined when it was removed meanwhile. */
  read(id: string): Promise<StoredMessage | undefined> {
    return this.#enqueue(async () => {
      const place = this.#places.get(id);
      return place && readAt(this.#file, place);
    });
  }

  /** Records how often messages were received by now. */
  received(received: LoggedMessage[]): Promise<void> {
    return this.#enqueue(async () => {
      await this.#append(
        received.map(({ id, receiveCount, firstReceivedMs }) => ({
          received: id,
          count: receiveCount,
          first: firstReceivedMs ?? 0,
        })),
      );
      for (const message of received)
        if (this.#messages.has(message.id)) this.#messages.set(message.id, message);
      await this.#compactWhenWorthIt();
    });
  }

  remove(ids: string[]): Promise<void> {
    return this.#enqueue(async () => {
      await this.#append(ids.map((id) => ({ remove: id })));
      for (const id of ids) {
        this.#liveBytes -= this.#places.get(id)?.length ?? 0;
        this.#places.delete(id);
        this.#messages.delete(id);
      }
      await this.#compactWhenWorthIt();
    });
  }

  close(): Promise<void> {
    return this.#enqueue(() => this.#file.close());
  }

  /** One operation on the file at a time, in the order of the calls. */
  #enqueue<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#chain.then(operation);
    this.#chain = result.catch(() => undefined);
    return result;
  }

  async #append(records: LogRecord[]): Promise<Place[]> {
    const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
    const bytes = Buffer.concat(lines);
    await this.#file.write(bytes, 0, bytes.length, this.#endOffset);
    return lines.map((line) => {
      const place = { offset: this.#endOffset, length: line.length };
      this.#endOffset += line.length;
      return place;
    });
  }

  async #compactWhenWorthIt(): Promise<void> {
    const deadBytes = this.#endOffset - this.#liveBytes;
    if (deadBytes < LEAST_DEAD_BYTES || deadBytes < this.#liveBytes) return;
    const next = await open(`${this.#path}.new`, 'w+', 0o600);
    let offset = 0;
    const moved = new Map<string, Place>();
    for (const [id, place] of this.#places) {
      const message = this.#messages.get(id);
      const send = await readAt(this.#file, place);
      const record: LogRecord = { send, count: message?.receiveCount, first: message?.firstReceivedMs };
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      await next.write(line, 0, line.length, offset);
      moved.set(id, { offset, length: line.length });
      offset += line.length;
    }
    this.#accepted = this.#accepted.filter(this.#keepAccepted);
    for (const accepted of this.#accepted) {
      const line = Buffer.from(`${JSON.stringify({ accepted })}\n`);
      await next.write(line, 0, line.length, offset);
      offset += line.length;
    }
    await next.sync();
    await rename(`${this.#path}.new`, this.#path);
    await this.#file.close();
    this.#file = next;
    this.#endOffset = offset;
    this.#liveBytes = offset;
    for (const [id, place] of moved) this.#places.set(id, place);
  }
}
