// The heap holds entries of 8 bytes { f32 score, u32 id }, the worst at the root. Of equal scores the higher id is worse.

/** Moves the entry at place `from` down to where no entry below is worse. Children are chosen without branches. */
function siftDown(heap: usize, size: i32, from: i32): void {
  const moved = load<u64>(heap + ((<usize>from) << 3));
  const score = load<f32>(heap + ((<usize>from) << 3));
  const id = <u32>(moved >> 32);
  let place = from;
  for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
    let at = heap + ((<usize>child) << 3);
    if (child + 1 < size) {
      const left = load<f32>(at);
      const right = load<f32>(at, 8);
      const isRight = i32(right < left) | (i32(right == left) & i32(load<u32>(at, 12) > load<u32>(at, 4)));
      child += isRight;
      at += (<usize>isRight) << 3;
    }
    const childScore = load<f32>(at);
    if (childScore > score || (childScore == score && load<u32>(at, 4) <= id)) break;
    store<u64>(heap + ((<usize>place) << 3), load<u64>(at));
    place = child;
  }
  store<u64>(heap + ((<usize>place) << 3), moved);
}

function siftUp(heap: usize, from: i32): void {
  const moved = load<u64>(heap + ((<usize>from) << 3));
  const score = load<f32>(heap + ((<usize>from) << 3));
  const id = <u32>(moved >> 32);
  let place = from;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const at = heap + ((<usize>parent) << 3);
    const parentScore = load<f32>(at);
    if (score > parentScore || (score == parentScore && id <= load<u32>(at, 4))) break;
    store<u64>(heap + ((<usize>place) << 3), load<u64>(at));
    place = parent;
  }
  store<u64>(heap + ((<usize>place) << 3), moved);
}

/** Offers one entry to the heap of at most `k` entries and returns its new size. */
export function offer(heap: usize, size: i32, k: i32, score: f32, id: u32): i32 {
  if (size < k) {
    const entry = heap + ((<usize>size) << 3);
    store<f32>(entry, score);
    store<u32>(entry, id, 4);
    siftUp(heap, size);
    return size + 1;
  }
  if (score > load<f32>(heap) || (score == load<f32>(heap) && id < load<u32>(heap, 4))) {
    store<f32>(heap, score);
    store<u32>(heap, id, 4);
    siftDown(heap, size, 0);
  }
  return size;
}

/**
 * Offers `count` scores to the heap of at most `k` entries and returns its new size. The id of score n is
 * `base + n`, or `base + indexes[n]` when `indexes` is not 0.
 */
export function pushTop(
  scores: usize,
  indexes: usize,
  base: u32,
  count: i32,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  let size = heapSize;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    const score = load<f32>(scores + at);
    if (size == k && score < load<f32>(heap)) continue;
    size = offer(heap, size, k, score, base + (indexes == 0 ? <u32>n : load<u32>(indexes + at)));
  }
  return size;
}

/** Writes the largest of the scores whose id is not 0xffffffff, and their sum, both f32 and in order, to `out`. */
export function measureScores(scores: usize, ids: usize, count: i32, out: usize): void {
  let best: f32 = -Infinity;
  let sum: f32 = 0;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    if (load<u32>(ids + at) == <u32>-1) continue;
    const score = load<f32>(scores + at);
    if (score > best) best = score;
    sum += score;
  }
  store<f32>(out, best);
  store<f32>(out, sum, 4);
}

/** Offers the scores of at least `limit` whose id is not 0xffffffff to the heap of at most `k` entries; returns its new size. */
export function pushAbove(
  scores: usize,
  ids: usize,
  count: i32,
  limit: f32,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  let size = heapSize;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    const score = load<f32>(scores + at);
    if (!(score >= limit)) continue;
    const id = load<u32>(ids + at);
    if (id != <u32>-1) size = offer(heap, size, k, score, id);
  }
  return size;
}

/** Sorts the heap's entries best first; it is no heap afterwards. */
export function sortTop(heap: usize, size: i32): void {
  for (let last = size - 1; last > 0; last--) {
    const worst = load<u64>(heap);
    const at = heap + ((<usize>last) << 3);
    store<u64>(heap, load<u64>(at));
    store<u64>(at, worst);
    siftDown(heap, last, 0);
  }
}

/**
 * Sorts the heap's entries best first, keeps the best entry of each id, and returns how many are left. `scratch` has
 * room for `max(16, 3 * size)` u32 values: a table with open addressing, at most two thirds full.
 */
export function uniqueTop(heap: usize, size: i32, scratch: usize): i32 {
  sortTop(heap, size);
  let places: u32 = 16;
  while (places * 2 < <u32>size * 3) places <<= 1;
  memory.fill(scratch, 0xff, (<usize>places) << 2);
  let kept = 0;
  for (let n = 0; n < size; n++) {
    const entry = load<u64>(heap + ((<usize>n) << 3));
    const id = <u32>(entry >> 32);
    // Multiplying by 2^32 / golden ratio spreads ids that follow each other.
    let place = (id * 0x9e3779b1) & (places - 1);
    let seen = load<u32>(scratch + ((<usize>place) << 2));
    while (seen != <u32>-1 && seen != id) {
      place = (place + 1) & (places - 1);
      seen = load<u32>(scratch + ((<usize>place) << 2));
    }
    if (seen == id) continue;
    store<u32>(scratch + ((<usize>place) << 2), id);
    store<u64>(heap + ((<usize>kept) << 3), entry);
    kept++;
  }
  return kept;
}
