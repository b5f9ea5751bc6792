/** Groups the BatchInvoke calls of sibling fields of one request. */

interface Waiting {
  payload: unknown;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/** Sends one group; returns one answer for each payload, in order. */
type SendBatch = (payloads: unknown[]) => Promise<unknown[]>;

interface Group {
  send: SendBatch;
  size: number;
  waiting: Waiting[];
}

async function sendGroup(send: SendBatch, waiting: Waiting[]): Promise<void> {
  try {
    const answers = await send(waiting.map(({ payload }) => payload));
    waiting.forEach(({ resolve }, i) => {
      resolve(answers[i]);
    });
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}

/** The groups of one request. Siblings are what asks within one turn of the event loop. */
export class LambdaBatches {
  readonly #groups = new Map<string, Group>();

  /** Adds a payload to the group of its field; a group goes out whole, in batches of at most `size`. */
  add(key: string, payload: unknown, size: number, send: SendBatch): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let group = this.#groups.get(key);
      if (!group) {
        group = { send, size, waiting: [] };
        this.#groups.set(key, group);
        setImmediate(() => {
          this.#flush(key);
        });
      }
      group.waiting.push({ payload, resolve, reject });
    });
  }

  #flush(key: string): void {
    const group = this.#groups.get(key);
    this.#groups.delete(key);
    if (!group) return;
    for (let start = 0; start < group.waiting.length; start += group.size) {
      void sendGroup(group.send, group.waiting.slice(start, start + group.size));
    }
  }
}
