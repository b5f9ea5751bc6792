import type { EmbeddingProvider } from '../../embedding/embedding-provider.ts';
import { log } from '../../shared/log.ts';
import type { FileBucket } from '../storage/file-objects.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { digestSource, digestText } from './embedded-text.ts';
import { decodeBlock, encodeBlock, type EmbeddingBlock } from './embedding-block.ts';
import { type BlockPlace, putBlock, readBlockBytes } from './embedding-objects.ts';
import { type EmbeddingPlace, isWorthKeeping } from './known-embeddings.ts';

/** The texts of one part, with the places where planning found their vectors. */
export interface PartTexts {
  of: FileVersion;
  part: number;
  texts: string[];
  places: (EmbeddingPlace | null)[];
  /** False when the rest is better left to another attempt. */
  hasTime: () => boolean;
  /** Ends the work when nobody waits for it any more. */
  signal: AbortSignal;
}

export interface EmbeddedTexts {
  vectors: Float32Array[];
  /** What was paid for: texts that were known cost nothing. */
  tokens: number;
}

/** Blocks of one part's size that are read for one part: a text that moved further is embedded again. */
const MAX_BLOCKS_READ = 16;

type Known = Map<string, Float32Array>;

async function readBlock(
  bucket: FileBucket,
  { of }: PartTexts,
  place: BlockPlace,
  dimension: number,
): Promise<EmbeddingBlock | null> {
  const bytes = await readBlockBytes(bucket, of, place);
  if (!bytes) return null;
  const block = decodeBlock(bytes, dimension);
  if (!block) log.warn('a block of kept vectors cannot be read', { ...of, ...place });
  return block;
}

/** Reads the vectors that are kept: this part's own, when it was embedded before and died, and those that planning found. */
async function readKnown(
  bucket: FileBucket,
  part: PartTexts,
  { dimension, source }: { dimension: number; source: Buffer },
): Promise<Known> {
  const wanted = new Map<string, BlockPlace>();
  const add = (place: BlockPlace): void => void wanted.set(`${place.version}/${place.part}`, place);
  add({ version: part.of.version, part: part.part });
  for (const place of part.places)
    if (place && wanted.size < MAX_BLOCKS_READ) add({ version: place[0], part: place[1] });
  const known: Known = new Map();
  for (const place of wanted.values()) {
    const block = await readBlock(bucket, part, place, dimension);
    // Another service may give the same name to another model.
    if (!block?.source.equals(source)) continue;
    block.digests.forEach((digest, row) => {
      const vector = block.vectors[row];
      if (vector) known.set(digest.toString('latin1'), vector);
    });
  }
  return known;
}

/** Texts that are embedded between two looks at the clock. */
const TEXTS_PER_LOOK = 256;

/** The time of an attempt is over before all texts are embedded. */
class TimeEnded extends Error {}

/** Embeds what is not known, each text once, as long as there is time. */
async function embedMissing(
  embedder: EmbeddingProvider,
  texts: ReadonlyMap<string, string>,
  { known, hasTime, signal }: { known: Known } & Pick<PartTexts, 'hasTime' | 'signal'>,
): Promise<number> {
  const missing = [...texts].filter(([digest]) => !known.has(digest));
  let tokens = 0;
  for (let start = 0; start < missing.length; start += TEXTS_PER_LOOK) {
    if (start > 0 && !hasTime()) {
      const left = missing.length - start;
      throw new TimeEnded(`${left} of ${texts.size} texts of a part are left to the next attempt.`);
    }
    const slice = missing.slice(start, start + TEXTS_PER_LOOK);
    const embedded = await embedder.embed(
      slice.map(([, text]) => text),
      'DOCUMENT',
      signal,
    );
    tokens += embedded.tokens;
    slice.forEach(([digest], index) => {
      const vector = embedded.vectors[index];
      if (!vector) throw new Error(`The provider "${embedder.name}" answered too few vectors.`);
      known.set(digest, vector);
    });
  }
  return tokens;
}

/**
 * Embeds the texts of a part; texts whose vectors are kept cost nothing, and what was embedded is kept for the next version and the next
 * attempt, which begins with it when time ended this one.
 */
export async function embedTexts(
  embedder: EmbeddingProvider,
  bucket: FileBucket,
  part: PartTexts,
): Promise<EmbeddedTexts> {
  const { name: provider, model, dimension } = embedder;
  const { of, texts, hasTime, signal } = part;
  if (!isWorthKeeping({ provider })) return await embedder.embed(texts, 'DOCUMENT', signal);
  const digests = texts.map((text) => digestText({ provider, model, dimension }, text));
  const textOf = new Map(digests.map((digest, index) => [digest.toString('latin1'), texts[index] ?? '']));
  const source = await digestSource(embedder);
  const known = await readKnown(bucket, part, { dimension, source });
  const keep = async (): Promise<Float32Array[]> => {
    const there = digests.filter((digest) => known.has(digest.toString('latin1')));
    const vectors = there.map(
      (digest) => known.get(digest.toString('latin1')) ?? new Float32Array(dimension),
    );
    await putBlock(bucket, of, part.part, encodeBlock({ source, digests: there, vectors }, dimension));
    return vectors;
  };
  try {
    const tokens = await embedMissing(embedder, textOf, { known, hasTime, signal });
    return { vectors: await keep(), tokens };
  } catch (error) {
    if (error instanceof TimeEnded) await keep();
    throw error;
  }
}
