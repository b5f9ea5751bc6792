import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddingProvider } from '../../../../functions/embedding/create-embedding-provider.ts';
import {
  loadTransformers,
  type Transformers,
} from '../../../../functions/embedding/transformers/load-transformers.ts';
import { createTransformersProvider } from '../../../../functions/embedding/transformers/transformers-provider.ts';
import { writeTinyModel } from '../../../support/tiny-onnx-model.ts';

const installed = await loadTransformers().catch(() => null);
const DIMENSION = 64;

function axis(place: number): number[] {
  return Array.from({ length: DIMENSION }, (_, index) => (index === place ? 1 : 0));
}

describe.skipIf(installed)('transformers where its package is not installed', () => {
  it('says how to install it', async () => {
    const choice = { provider: 'transformers', model: 'Xenova/all-MiniLM-L6-v2', dimension: 384 };

    await expect(createEmbeddingProvider(choice).embed(['text'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('npm install --no-save @huggingface/transformers@3') as string,
    });
  });
});

describe('transformers', () => {
  interface Call {
    texts: string[];
    pooling: string;
  }
  function openOver(model: string, calls: Call[], dims = [0, DIMENSION]) {
    const transformers: Transformers = {
      env: { cacheDir: null, localModelPath: '', allowRemoteModels: false },
      pipeline: () =>
        Promise.resolve((texts, { pooling }) => {
          calls.push({ texts, pooling });
          const data = texts.flatMap(() => axis(1).slice(0, dims[1]));
          return Promise.resolve({ dims: [texts.length, dims[1] ?? 0], data });
        }),
    };
    return createTransformersProvider(model, DIMENSION, () => Promise.resolve(transformers));
  }

  it('gives a model its prefixes, batches that fit, and no text that it would cut off', async () => {
    const calls: Call[] = [];
    const provider = openOver('Xenova/multilingual-e5-small', calls);

    await provider.embed(
      ['x'.repeat(1_000), ...Array.from({ length: 20 }, (_, n) => `text ${n}`)],
      'DOCUMENT',
    );
    await provider.embed(['what'], 'QUERY');

    expect(calls.map(({ texts }) => texts.length)).toEqual([16, 7, 1]);
    expect(calls.flatMap(({ texts }) => texts).every((text) => text.length <= 510)).toBe(true);
    expect(calls[0]?.texts[0]).toMatch(/^passage: x+$/);
    expect(calls[2]?.texts).toEqual(['query: what']);
  });

  it('refuses a model of another dimension', async () => {
    const provider = openOver('any', [], [0, 32]);

    await expect(provider.embed(['text'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('a vector of 32 values; the database has dimension 64') as string,
    });
  });

  it('tries again to load a model that could not be loaded', async () => {
    let loads = 0;
    const provider = createTransformersProvider('any', DIMENSION, () => {
      loads += 1;
      return Promise.reject(new Error('no network'));
    });

    for (let n = 0; n < 2; n++) await expect(provider.embed(['text'], 'QUERY')).rejects.toThrow('no network');

    expect(loads).toBe(2);
  });
});

describe.runIf(installed)('transformers with its package', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vdb-models-'));
    await writeTinyModel(join(folder, 'tests', 'tiny'), { moon: axis(0), tide: axis(1), bread: axis(2) });
    Object.assign(installed?.env ?? {}, {
      localModelPath: folder,
      cacheDir: folder,
      allowRemoteModels: false,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('runs an ONNX model without a network', async () => {
    const provider = createTransformersProvider('tests/tiny', DIMENSION, () => Promise.resolve(installed!));

    const { vectors, tokens } = await provider.embed(['Moon tide', 'bread', 'bread bread'], 'DOCUMENT');

    const [both, bread, breads] = vectors as [Float32Array, Float32Array, Float32Array];
    expect(both[0]).toBeCloseTo(Math.SQRT1_2);
    expect(both[1]).toBeCloseTo(Math.SQRT1_2);
    expect([...bread]).toEqual(axis(2));
    expect([...breads]).toEqual(axis(2));
    expect(tokens).toBeGreaterThan(0);
  });

  it('names a model that is not there', async () => {
    const provider = createTransformersProvider('tests/none', DIMENSION, () => Promise.resolve(installed!));

    await expect(provider.embed(['text'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('The model "tests/none" cannot be loaded') as string,
    });
  });
});
