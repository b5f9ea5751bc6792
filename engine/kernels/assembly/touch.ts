// A processor waits for many cache lines at once when they are asked for together, and for one after the other when each is
// used before the next is asked for. What is returned is stored by the callers, so that no compiler leaves the reads out.

/** Reads an area every 64 bytes: it stands in the cache afterwards. */
export function touch(address: usize, bytes: usize): u32 {
  const end = address + bytes;
  let seen: u32 = 0;
  for (let at = address; at < end; at += 64) seen |= load<u32>(at);
  return seen;
}

/** Reads up to 16 of the rows that `indexes` (u32) names every `step` bytes. */
export function touchRows(rows: usize, indexes: usize, count: i32, stride: i32, step: i32): u32 {
  const some = min<i32>(count, 16);
  let seen: u32 = 0;
  for (let n = 0; n < some; n++) {
    const row = rows + <usize>load<u32>(indexes + ((<usize>n) << 2)) * <usize>stride;
    for (let i = 0; i < stride; i += step) seen |= load<u32>(row + <usize>i);
  }
  return seen;
}
