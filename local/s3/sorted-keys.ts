const LARGEST_BLOCK = 512;

/**
 * The keys of one bucket in the order of their UTF-8 bytes, in blocks of at most 512:
 * finding is two binary searches, adding moves one block's entries at most.
 */
export class SortedKeys {
  readonly #blocks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    const { block, offset } = this.#locate((other) => compareUtf8(other, key) < 0);
    if (this.#blocks[block]?.[offset] === key) return;
    this.#size++;
    // A key behind the last of a block still belongs to that block, not to a new one in front of the next.
    const home = offset === 0 && block > 0 ? block - 1 : block;
    const target = this.#blocks[home];
    if (!target) {
      this.#blocks.push([key]);
      return;
    }
    target.splice(home === block ? offset : target.length, 0, key);
    if (target.length > LARGEST_BLOCK) this.#blocks.splice(home + 1, 0, target.splice(LARGEST_BLOCK / 2));
  }

  delete(key: string): void {
    const { block, offset } = this.#locate((other) => compareUtf8(other, key) < 0);
    const target = this.#blocks[block];
    if (target?.[offset] !== key) return;
    this.#size--;
    target.splice(offset, 1);
    if (target.length === 0) this.#blocks.splice(block, 1);
  }

  /**
   * Goes through the keys from the first for which `isBefore` is false. It must be true for a leading
   * part of the order and false for the rest. Adding or deleting meanwhile is not allowed.
   */
  *from(isBefore: (key: string) => boolean): Generator<string> {
    const start = this.#locate(isBefore);
    for (let block = start.block; block < this.#blocks.length; block++) {
      const keys = this.#blocks[block] ?? [];
      for (let offset = block === start.block ? start.offset : 0; offset < keys.length; offset++) {
        yield keys[offset] as string;
      }
    }
  }

  #locate(isBefore: (key: string) => boolean): { block: number; offset: number } {
    const block = partition(this.#blocks.length, (index) => isBefore(this.#blocks[index]?.at(-1) ?? ''));
    const keys = this.#blocks[block] ?? [];
    return { block, offset: partition(keys.length, (index) => isBefore(keys[index] ?? '')) };
  }
}

/** Compares by UTF-8 bytes: like code units, except that surrogate pairs stand behind U+E000 to U+FFFF. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return utf8Rank(a) - utf8Rank(b);
  }
  return left.length - right.length;
}

function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Returns the first index in 0..length for which `isBefore` is false. */
function partition(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
