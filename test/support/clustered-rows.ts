import type { Metadata, Row } from '../../engine/api.ts';
import { seededRandom } from '../../engine/index.ts';
import { makeRow } from './engine-database.ts';

/** Draws from the normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Makes vectors around seeded centres, as embeddings lie: `seed` fixes the centres, `draw` the vectors. */
export function clusteredVectors(
  count: number,
  dimension: number,
  { seed = 1, draw = seed, clusters = 60 }: { seed?: number; draw?: number; clusters?: number } = {},
): Float32Array[] {
  const centreRandom = seededRandom(seed);
  const centres = Array.from({ length: clusters }, () =>
    Float32Array.from({ length: dimension }, () => normal(centreRandom)),
  );
  const random = seededRandom(draw * 7919 + 1);
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * clusters)]!;
    return centre.map((value) => value + 0.6 * normal(random));
  });
}

/** Makes rows of such vectors; their metadata is `metadataOf` the number of the row. */
export function clusteredRows(
  count: number,
  dimension: number,
  { seed, metadataOf = () => ({}) }: { seed?: number; metadataOf?: (row: number) => Metadata } = {},
): Row[] {
  return clusteredVectors(count, dimension, seed === undefined ? {} : { seed }).map((values, i) =>
    makeRow(`row-${String(i).padStart(6, '0')}`, values, {
      metadata: metadataOf(i),
      fileId: `file-${i % 7}`,
    }),
  );
}
