// The heap holds entries of 8 bytes { f32 score, u32 id }, the worst at the root. Of equal scores the higher id is worse.

function isWorse(heap: usize, a: i32, b: i32): bool {
  const scoreA = load<f32>(heap + ((<usize>a) << 3));
  const scoreB = load<f32>(heap + ((<usize>b) << 3));
  if (scoreA != scoreB) return scoreA < scoreB;
  return load<u32>(heap + ((<usize>a) << 3), 4) > load<u32>(heap + ((<usize>b) << 3), 4);
}

function swap(heap: usize, a: i32, b: i32): void {
  const at = heap + ((<usize>a) << 3);
  const bt = heap + ((<usize>b) << 3);
  const entry = load<u64>(at);
  store<u64>(at, load<u64>(bt));
  store<u64>(bt, entry);
}

function siftDown(heap: usize, size: i32, from: i32): void {
  let parent = from;
  while (true) {
    let worst = parent;
    const left = 2 * parent + 1;
    if (left < size && isWorse(heap, left, worst)) worst = left;
    if (left + 1 < size && isWorse(heap, left + 1, worst)) worst = left + 1;
    if (worst == parent) return;
    swap(heap, parent, worst);
    parent = worst;
  }
}

function siftUp(heap: usize, from: i32): void {
  let child = from;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isWorse(heap, child, parent)) return;
    swap(heap, parent, child);
    child = parent;
  }
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

/** Sorts the heap's entries best first; it is no heap afterwards. */
export function sortTop(heap: usize, size: i32): void {
  for (let last = size - 1; last > 0; last--) {
    swap(heap, 0, last);
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
