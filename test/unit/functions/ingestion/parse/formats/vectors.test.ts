import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { createFvecs, createNpy, floatBytes } from '../../../../../support/documents/create-vectors.ts';
import { chunkAll, parseBytes } from '../../../../../support/parse-sample.ts';

const listOf = (name: string, type: 'FLOAT' | 'DOUBLE'): SchemaElement[] => [
  { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type, repetition_type: 'REQUIRED' },
];
const textColumn = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'REQUIRED',
});
const numberColumn = (name: string): SchemaElement => ({ name, type: 'INT64', repetition_type: 'REQUIRED' });

function createParquet(
  schema: SchemaElement[],
  columns: Record<string, unknown[]>,
  rowGroupSize = 2,
): Uint8Array {
  const columnData = Object.entries(columns).map(([name, data]) => ({ name, data }));
  const root = { name: 'root', num_children: columnData.length };
  return new Uint8Array(parquetWriteBuffer({ columnData, schema: [root, ...schema], rowGroupSize }));
}

const vectors = [
  [1, 0, 0.5],
  [0, 1, -0.25],
  [0.1, 0.2, 0.3],
];

describe('Parquet', () => {
  it('brings a vector, a text and properties with each row, over row groups', async () => {
    const bytes = createParquet([...listOf('embedding', 'FLOAT'), textColumn('text'), numberColumn('year')], {
      embedding: vectors,
      text: ['first', 'second', 'third'],
      year: [1998n, 1999n, 2000n],
    });

    const { sections, sniffed } = await parseBytes('a.parquet', bytes);

    expect(sniffed.contentType).toBe('application/vnd.apache.parquet');
    expect(sections.map(({ vector, text, values }) => [[...(vector ?? [])], text, values])).toEqual(
      vectors.map((vector, index) => [
        vector.map(Math.fround),
        ['first', 'second', 'third'][index],
        { year: 1998 + index },
      ]),
    );
  });

  it('without vectors is a record a row, to be embedded', async () => {
    const bytes = createParquet([textColumn('boat'), numberColumn('length')], {
      boat: ['Vasa'],
      length: [69n],
    });

    expect((await parseBytes('a.parquet', bytes)).sections).toEqual([
      expect.objectContaining({ text: 'boat: Vasa\nlength: 69', values: { boat: 'Vasa', length: 69 } }),
    ]);
  });

  it('takes the column called values among several of vectors, and asks where none is named', async () => {
    const two = (first: string, second: string): Uint8Array =>
      createParquet([...listOf(first, 'DOUBLE'), ...listOf(second, 'DOUBLE')], {
        [first]: [[1, 2]],
        [second]: [[3, 4]],
      });

    expect((await parseBytes('a.parquet', two('other', 'values'))).sections[0]?.vector).toEqual(
      Float32Array.of(3, 4),
    );
    await expect(parseBytes('a.parquet', two('left', 'right'))).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('"left", "right"') as string,
    });
  });

  it('with a vector that is not finite is refused with its row', async () => {
    const bytes = createParquet(listOf('values', 'FLOAT'), {
      values: [
        [1, 2],
        [1, Number.NaN],
      ],
    });

    await expect(parseBytes('a.parquet', bytes)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'row 1',
    });
  });
});

describe('NumPy', () => {
  const numbers = [1, 2, 3, 4, 5, 6];

  it.each([
    ['32-bit floats', '<f4', floatBytes(numbers)],
    [
      '64-bit floats, big end first',
      '>f8',
      Buffer.concat(
        numbers.map((value) => {
          const bytes = Buffer.alloc(8);
          bytes.writeDoubleBE(value);
          return bytes;
        }),
      ),
    ],
    [
      '16-bit floats',
      '<f2',
      Buffer.from([0x00, 0x3c, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44, 0x00, 0x45, 0x00, 0x46]),
    ],
    ['bytes', '|u1', Uint8Array.from(numbers)],
  ])('of %s is a vector a row', async (_what, descr, data) => {
    const { sections } = await parseBytes('a.npy', createNpy({ descr, shape: '(2, 3)', data }), 5);

    expect(sections.map(({ vector, values }) => [[...(vector ?? [])], values])).toEqual([
      [[1, 2, 3], { row: 0 }],
      [[4, 5, 6], { row: 1 }],
    ]);
  });

  it('in the order of Fortran is read by columns', async () => {
    const { sections } = await parseBytes(
      'a.npy',
      createNpy({ isFortranOrder: true, shape: '(2, 3)', data: floatBytes([1, 4, 2, 5, 3, 6]) }),
    );

    expect(sections.map(({ vector }) => [...(vector ?? [])])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it.each([
    [
      'declares more rows than it has',
      { shape: '(1000000, 3)' },
      'CORRUPT_DATA',
      /by its header it has 12000/,
    ],
    [
      'declares more rows than any file may have',
      { shape: '(99999999999, 3)' },
      'PAYLOAD_TOO_LARGE',
      /99999999999 vectors/,
    ],
    ['has one dimension', { shape: '(6,)' }, 'VALIDATION', /1 dimensions/],
    ['has too long vectors', { shape: '(1, 900000000)' }, 'VALIDATION', /900000000 dimensions/],
    ['holds objects', { shape: '(2, 3)', descr: '|O' }, 'UNSUPPORTED_FILE', /never unpickled/],
  ])('that %s is refused', async (_what, header, kind, words) => {
    await expect(
      parseBytes('a.npy', createNpy({ ...header, data: floatBytes(numbers) })),
    ).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(words) as string,
    });
  });
});

describe('fvecs', () => {
  it('are a vector a row, in blocks of any size', async () => {
    const { sections } = await parseBytes('a.fvecs', createFvecs(vectors), 7);

    expect(sections.map(({ vector }) => [...(vector ?? [])])).toEqual(
      vectors.map((row) => row.map(Math.fround)),
    );
  });

  it.each([
    ['cut off', createFvecs(vectors).subarray(0, 40), /not whole vectors of 3 dimensions/],
    ['of other numbers', Buffer.from('plain text, not vectors'), /dimensions/],
    [
      'of rows that disagree',
      Buffer.concat([createFvecs([[1, 2, 3]]), createFvecs([[1, 2]]), Buffer.alloc(4)]),
      /Row 1 says that it has 2/,
    ],
  ])('%s are refused', async (_what, bytes, words) => {
    await expect(parseBytes('a.fvecs', bytes)).rejects.toThrow(words);
  });
});

describe('JSON with values', () => {
  it('brings its own vectors, as the API takes them', async () => {
    const lines = [
      { id: 'a', values: [1, 2], text: 'first', metadata: { year: 1998 } },
      { valuesBase64: Buffer.from(floatBytes([3, 4])).toString('base64'), colour: 'red' },
      { text: 'to be embedded', values: 'not a vector' },
    ];

    const { sections } = await parseBytes('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));

    expect(sections.map(({ vector, text, values }) => [vector && [...vector], text, values])).toEqual([
      [[1, 2], 'first', { id: 'a', year: 1998 }],
      [[3, 4], 'colour: red', { colour: 'red' }],
      [
        undefined,
        'text: to be embedded\nvalues: not a vector',
        { text: 'to be embedded', values: 'not a vector' },
      ],
    ]);
  });

  it('is one chunk for each vector whatever the rules, even without a text', async () => {
    const long = { values: [1, 2], text: 'word '.repeat(500) };
    const { sections } = await parseBytes('a.json', JSON.stringify([long, { values: [3, 4] }]));

    const chunks = await chunkAll(sections, { maxTokens: 32, overlapTokens: 0 });

    expect(chunks.map(({ vector, text }) => [vector && [...vector], text.length])).toEqual([
      [[1, 2], 2_499],
      [[3, 4], 0],
    ]);
  });

  it.each([['[1e99, 1]'], [`[${'1,'.repeat(5_000)}1]`]])(
    'that is no vector is refused with its place',
    async (values) => {
      await expect(parseBytes('a.jsonl', `\n{"values": ${values}}`)).rejects.toMatchObject({
        kind: 'VALIDATION',
        location: 'line 2',
      });
    },
  );
});
