/** Entries of one memo: it is emptied when full, so that hostile texts cannot fill the memory. A few MB. */
const MAX_ENTRIES = 50_000;
/** A longer part of a text may keep the whole text in memory (V8 shares the characters of substrings from 13 on). */
const MAX_LENGTH = 12;

/** Remembers what is computed of words: texts are made of the same few over and over. */
export class WordMemo<Value> {
  private readonly entries = new Map<string, Value>();
  private readonly compute: (word: string) => Value;

  constructor(compute: (word: string) => Value) {
    this.compute = compute;
  }

  get(word: string): Value {
    if (word.length > MAX_LENGTH) return this.compute(word);
    let value = this.entries.get(word);
    if (value === undefined) {
      if (this.entries.size >= MAX_ENTRIES) this.entries.clear();
      value = this.compute(word);
      this.entries.set(word, value);
    }
    return value;
  }
}
