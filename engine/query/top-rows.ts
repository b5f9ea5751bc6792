/** The best rows of one segment: higher scores first, of equals the lower row. Rows must come in ascending order. */
export class TopRows {
  private readonly limit: number;
  private readonly scores: Float64Array;
  private readonly rows: Uint32Array;
  private size = 0;
  private floor: number;

  /** Keeps at most `limit` rows, and none that scores below `floor`. */
  constructor(limit: number, floor: number) {
    this.limit = limit;
    this.floor = floor;
    this.scores = new Float64Array(limit);
    this.rows = new Uint32Array(limit);
  }

  /** What a row must reach to be kept, or just miss: rows of a lower score need not be scored. */
  get threshold(): number {
    return this.floor;
  }

  offer(row: number, score: number): void {
    if (score < this.floor) return;
    if (this.size < this.limit) {
      this.rise(this.size++, row, score);
      if (this.size === this.limit) this.floor = Math.max(this.floor, this.scores[0]!);
    } else if (score > this.scores[0]!) {
      this.sink(row, score);
      this.floor = this.scores[0]!;
    }
  }

  /** Returns whether the row at `a` leaves before the one at `b`. */
  private isWorse(scoreA: number, rowA: number, b: number): boolean {
    const scoreB = this.scores[b]!;
    return scoreA < scoreB || (scoreA === scoreB && rowA > this.rows[b]!);
  }

  private rise(hole: number, row: number, score: number): void {
    let at = hole;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.isWorse(score, row, parent)) break;
      this.put(at, this.rows[parent]!, this.scores[parent]!);
      at = parent;
    }
    this.put(at, row, score);
  }

  private sink(row: number, score: number): void {
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && this.isWorse(this.scores[child + 1]!, this.rows[child + 1]!, child))
        child += 1;
      if (this.isWorse(score, row, child)) break;
      this.put(at, this.rows[child]!, this.scores[child]!);
      at = child;
    }
    this.put(at, row, score);
  }

  private put(at: number, row: number, score: number): void {
    this.rows[at] = row;
    this.scores[at] = score;
  }

  /** Returns the rows, best first. */
  best(): { row: number; score: number }[] {
    return Array.from({ length: this.size }, (_, i) => ({ row: this.rows[i]!, score: this.scores[i]! })).sort(
      (a, b) => b.score - a.score || a.row - b.row,
    );
  }
}
