import { memoryStore } from '../../../engine/index.ts';
import { openSegment } from '../../../engine/segment/segment-file.ts';
import { createObjectCache } from '../../../engine/storage/object-cache.ts';
import type { StoredDatabase } from './damaged-database.ts';

/** One damage: the objects that are other than they were. */
export interface Mutation {
  name: string;
  damaged: [key: string, bytes: Uint8Array][];
}

interface Section {
  name: string;
  offset: number;
  length: number;
}

const SECTOR_BYTES = 512;

/** Yields the damages that are the same for every seed: cuts around each boundary, and whole objects and sections in wrong places. */
export async function* fixedMutations(stored: StoredDatabase): AsyncGenerator<Mutation> {
  const { objects, segments, manifest } = stored;
  const [first, second] = segments as [string, string];
  const [a, b] = [objects.get(first)!, objects.get(second)!];
  const cut = (key: string, length: number): Mutation => ({
    name: `${key.slice(-12)} is cut to ${length}`,
    damaged: [[key, objects.get(key)!.slice(0, length)]],
  });
  yield {
    name: 'segments are swapped',
    damaged: [
      [first, b],
      [second, a],
    ],
  };
  yield { name: 'a segment stands twice', damaged: [[first, b]] };
  yield { name: 'a segment stands for the manifest', damaged: [[manifest, a]] };
  yield { name: 'the manifest stands for a segment', damaged: [[first, objects.get(manifest)!]] };
  yield { name: 'an older manifest stands for the newest', damaged: [[manifest, olderManifest(stored)]] };
  const sections = await sectionsOf(a);
  const ends = sections.flatMap(({ offset, length }) => [offset, offset + length]);
  for (const end of new Set([0, 1, 40, 64, a.length - 40, a.length - 8, ...ends]))
    for (const by of [-1, 0, 1]) if (end + by >= 0 && end + by < a.length) yield cut(first, end + by);
  for (let at = 0; at < objects.get(manifest)!.length; at += 23) yield cut(manifest, at);
  for (const one of sections)
    for (const other of sections)
      if (one.offset < other.offset)
        yield {
          name: `${one.name} and ${other.name} are swapped`,
          damaged: [[first, swapBytes(a, one, other)]],
        };
}

/** Returns a random damage. */
export async function randomMutation(stored: StoredDatabase, random: () => number): Promise<Mutation> {
  const { objects, segments, manifest } = stored;
  const integer = (below: number): number => Math.floor(random() * below);
  const key = random() < 0.1 ? manifest : segments[integer(segments.length)]!;
  const bytes = objects.get(key)!.slice();
  const sections = key === manifest ? [] : await sectionsOf(bytes);
  const rest = { name: 'end', offset: sections.at(-1)?.offset ?? 0, length: 0 };
  rest.length = bytes.length - rest.offset;
  const { name, offset, length } = [...sections, rest][integer(sections.length + 1)]!;
  const at = offset + integer(Math.max(1, length));
  const kind = integer(6);
  if (kind < 3) bytes[at]! ^= 1 << integer(8);
  // What looks like the length of something becomes as large as it can be.
  else if (kind === 3) bytes.fill(0xff, at - (at % 4), at - (at % 4) + 4);
  else if (kind === 4) bytes.fill(0, at - (at % SECTOR_BYTES), at - (at % SECTOR_BYTES) + SECTOR_BYTES);
  else bytes.copyWithin(at, integer(bytes.length), integer(bytes.length));
  return { name: `kind ${kind} at ${at} (${name}) of ${key.slice(-12)}`, damaged: [[key, bytes]] };
}

function olderManifest({ objects, manifest }: StoredDatabase): Uint8Array {
  const older = [...objects.keys()].filter((key) => key.endsWith('.json') && key < manifest);
  return objects.get(older.at(-1)!)!;
}

const known = new WeakMap<Uint8Array, Section[]>();

async function sectionsOf(bytes: Uint8Array): Promise<Section[]> {
  const found = known.get(bytes);
  if (found !== undefined) return found;
  const store = memoryStore();
  await store.put('one', bytes);
  const { entries } = await openSegment({ store, cache: createObjectCache(0) }, 'one');
  const sections = [...entries.values()].filter(({ length }) => length > 0);
  known.set(bytes, sections);
  return sections;
}

/** Exchanges the bytes of two sections, as far as the shorter one goes. */
function swapBytes(bytes: Uint8Array, one: Section, other: Section): Uint8Array {
  const swapped = bytes.slice();
  const length = Math.min(one.length, other.length);
  swapped.set(bytes.subarray(other.offset, other.offset + length), one.offset);
  swapped.set(bytes.subarray(one.offset, one.offset + length), other.offset);
  return swapped;
}
