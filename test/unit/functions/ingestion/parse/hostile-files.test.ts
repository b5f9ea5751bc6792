import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INGESTION_LIMITS } from '../../../../../functions/ingestion/limits.ts';
import { parseInPlace } from '../../../../../functions/ingestion/parse/parse-in-place.ts';
import { sniffFormat } from '../../../../../functions/ingestion/sniff/sniff-format.ts';
import { createZip } from '../../../../support/create-zip.ts';
import { createDocx, createPptx, createXlsx } from '../../../../support/documents/create-office.ts';
import { assemblePdf, createPdf } from '../../../../support/documents/create-pdf.ts';
import { createNpy } from '../../../../support/documents/create-vectors.ts';
import { chunkAll, parseBytes } from '../../../../support/parse-sample.ts';

const GIB = 1024 ** 3;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Parses a file that is made block by block while it is read; returns how many bytes were asked for. */
function parseEndless(
  name: string,
  { start, block, sizeBytes }: { start: string; block: string; sizeBytes: number },
) {
  const first = encode(start);
  const rest = encode(block);
  const asked = { bytes: 0 };
  const file = {
    ...{ name, contentType: 'application/octet-stream', sizeBytes },
    readSample: () => Promise.resolve(Buffer.concat([first, rest])),
    // eslint-disable-next-line @typescript-eslint/require-await -- blocks are made, not awaited
    async *stream() {
      yield first;
      for (asked.bytes = first.length; asked.bytes < sizeBytes; asked.bytes += rest.length) yield rest;
    },
  };
  async function read(): Promise<number> {
    const { sections } = await parseInPlace(file, sniffFormat(name, '', await file.readSample()));
    let count = 0;
    for await (const section of sections) count += section.text === '' ? 0 : 1;
    return count;
  }
  return { asked, result: read() };
}

describe('a file that would never end', () => {
  const block = 'x'.repeat(1024 * 1024);
  const columns = 'a,'.repeat(512 * 1024);

  const rows: [what: string, name: string, start: string, rest: string, kind: string, words: RegExp][] = [
    ['a gigabyte of JSON in one string', 'a.json', '["', block, 'VALIDATION', /longer than/],
    ['a gigabyte of JSON in one object', 'a.json', '{"a": "', block, 'PAYLOAD_TOO_LARGE', /at most 33554432/],
    ['a gigabyte of JSON Lines in one line', 'a.jsonl', '{"a": "', block, 'VALIDATION', /Line 1 is longer/],
    ['a table of one row', 'a.csv', 'a,b\n1,"', block, 'VALIDATION', /row is longer/],
    ['a table of millions of columns', 'a.csv', '', columns, 'VALIDATION', /row is longer|columns/],
    ['a gigabyte of HTML', 'a.html', '<p>', block, 'PAYLOAD_TOO_LARGE', /at most 209715200/],
    ['a gigabyte of brackets', 'a.json', '[', '['.repeat(1024 * 1024), 'VALIDATION', /./],
  ];
  const cases = rows.map(([what, name, start, rest, kind, words]) => ({
    what,
    name,
    start,
    rest,
    kind,
    words,
  }));

  it.each(cases)(
    'such as $what ends early with a reason',
    { timeout: 20_000 },
    async ({ name, start, rest, kind, words }) => {
      const { asked, result } = parseEndless(name, { start, block: rest, sizeBytes: GIB });

      await expect(result).rejects.toMatchObject({
        kind,
        message: expect.stringMatching(words) as string,
      });
      expect(asked.bytes).toBeLessThan(32 * 1024 * 1024);
    },
  );

  it('but streams is read in windows', async () => {
    const { asked, result } = parseEndless('a.txt', {
      start: 'a',
      block: 'words and '.repeat(10_000),
      sizeBytes: 48 * 1024 * 1024,
    });

    expect(await result).toBeGreaterThan(150);
    expect(asked.bytes).toBeGreaterThan(47 * 1024 * 1024);
  });
});

describe('an archive that is a bomb', () => {
  const zeros = new Uint8Array(32 * 1024 * 1024);

  it.each([
    ['unpacks to far more than it has', createZip({ 'a.txt': zeros }), /more than 200 times/],
    [
      'declares less than it holds',
      createZip({ 'a.txt': zeros }, { declaredBytes: 10 }),
      /does not unpack to the size/,
    ],
    [
      'declares more than any file may have',
      createZip({ 'a.txt': 'x' }, { declaredBytes: 3_000_000_000 }),
      /unpacks to/,
    ],
    [
      'has more entries than any document',
      createZip(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`${n}`, '']))),
      /10001 entries/,
    ],
    [
      'is wrapped in itself again and again',
      Array.from({ length: 6 }).reduce<Uint8Array>(
        (inner) => createZip({ 'a.zip': inner }),
        createZip({ 'a.txt': 'x' }),
      ),
      /wrapped in files more than 3 times/,
    ],
    [
      'shares its room among archives within',
      createZip(
        Object.fromEntries(
          Array.from({ length: 30 }, (_, n) => [
            `${n}.zip`,
            createZip({ 'a.txt': 'x' }, { declaredBytes: 15 * 1024 * 1024 }),
          ]),
        ),
      ),
      /unpacks to 15728640 bytes/,
    ],
  ])('because it %s is refused', async (_what, bytes, words) => {
    await expect(parseBytes('a.zip', bytes)).rejects.toThrow(words);
  });
});

describe('XML with entities of its own', () => {
  const laughs = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>';
  const external = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>';

  it.each([
    [
      'a Word document',
      'a.docx',
      createZip({
        'word/document.xml': `${laughs}<w:document><w:body><w:p><w:r><w:t>&lol2;</w:t></w:r></w:p></w:body></w:document>`,
      }),
    ],
    [
      'a presentation',
      'a.pptx',
      createZip({ 'ppt/presentation.xml': `${external}<p:presentation>&file;</p:presentation>` }),
    ],
    ['a workbook', 'a.xlsx', createZip({ 'xl/workbook.xml': `${laughs}<workbook/>` })],
    [
      'an OpenDocument text',
      'a.odt',
      createZip({ mimetype: 'application/vnd.oasis.opendocument.text', 'content.xml': `${external}<x/>` }),
    ],
    ['a book', 'a.epub', createZip({ 'META-INF/container.xml': `${laughs}<container/>` })],
  ])('in %s is refused', async (_what, name, bytes) => {
    await expect(parseBytes(name, bytes)).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('entities') as string,
    });
  });

  it('in a page stands as it is written', async () => {
    const { text } = await parseBytes('a.html', `${external}<p>&file; &amp;</p>`);

    expect(text).toContain('&file; &');
    expect(text).not.toContain('root:');
  });

  it('nested without end is refused', async () => {
    const deep = createZip({ 'xl/workbook.xml': '<a>'.repeat(100_000) });

    await expect(parseBytes('a.xlsx', deep)).rejects.toMatchObject({ kind: 'VALIDATION' });
  });
});

describe('a PDF that is a bomb', () => {
  const withContent = (content: string): Uint8Array =>
    assemblePdf([
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>/Contents 4 0 R>>',
      content,
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
      '<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 7>>stream\n/X Do /X Do\nendstream',
    ]);

  it('because its page draws itself ends', async () => {
    const { sections } = await parseBytes('a.pdf', withContent('<</Length 5>>stream\n/X Do\nendstream'));

    expect(sections).toHaveLength(1);
  });

  it('because one page has text without end is refused with the page', { timeout: 20_000 }, async () => {
    const line = `1 0 0 1 9 9 Tm (${'words and more words '.repeat(10)}) Tj `;
    const packed = deflateSync(Buffer.from(`BT /F1 1 Tf ${line.repeat(6_000)} ET`)).toString('latin1');
    const stream = `<</Filter/FlateDecode/Length ${packed.length}>>stream\n${packed}\nendstream`;

    await expect(parseBytes('a.pdf', withContent(stream))).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      location: 'page 1',
    });
  });

  it('because it has too many pages is refused', async () => {
    const kids = '3 0 R '.repeat(INGESTION_LIMITS.pages + 1);
    const long = assemblePdf([
      '<</Type/Catalog/Pages 2 0 R>>',
      `<</Type/Pages/Kids[${kids}]/Count ${INGESTION_LIMITS.pages + 1}>>`,
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>',
    ]);

    await expect(parseBytes('a.pdf', long)).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining(`at most ${INGESTION_LIMITS.pages}`) as string,
    });
  });
});

describe('a file that lies about itself', () => {
  it.each([
    ['Parquet without a footer', 'a.parquet', encode('PAR1 nothing PAR1')],
    [
      'Parquet with a footer longer than itself',
      'a.parquet',
      Buffer.concat([encode('PAR1'), Buffer.from([0xff, 0xff, 0xff, 0x7f]), encode('PAR1')]),
    ],
    [
      'NumPy with a header longer than itself',
      'a.npy',
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 0xff, 0xff, 0xff, 0x7f]),
    ],
    ['NumPy without a shape', 'a.npy', createNpy({ shape: "'x'", data: new Uint8Array(4) })],
  ])('such as %s is damaged', async (_what, name, bytes) => {
    await expect(parseBytes(name, bytes)).rejects.toMatchObject({ kind: 'CORRUPT_DATA' });
  });

  it('cut at any byte fails with a named reason or is read', { timeout: 20_000 }, async () => {
    const files: [string, Uint8Array][] = [
      [
        'a.xlsx',
        createXlsx({
          S: [
            ['a', 'b'],
            ['x', 1],
          ],
        }),
      ],
      ['a.pptx', createPptx([{ title: 'T', lines: ['x'] }])],
      ['a.rtf', encode("{\\rtf1\\ansi a\\'e9\\u8364 ?{\\b b}\\par}")],
      [
        'a.eml',
        encode('From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--'),
      ],
      ['a.pdf', createPdf({ pages: [[{ x: 1, y: 1, text: 'x' }]] })],
    ];
    const kinds = new Set<unknown>();
    for (const [name, bytes] of files) {
      for (let end = 1; end < bytes.length; end += Math.max(1, Math.floor(bytes.length / 40))) {
        const outcome = await parseBytes(name, bytes.subarray(0, end)).catch((error: unknown) => error);
        if (outcome instanceof Error) kinds.add('kind' in outcome ? outcome.kind : outcome);
      }
    }

    expect([...kinds].filter((kind) => typeof kind !== 'string')).toEqual([]);
  });
});

describe('what points at the network', () => {
  let server: Server;
  let connections = 0;
  let origin = '';

  beforeAll(async () => {
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it('is never fetched', async () => {
    const relation = (type: string, target: string): string =>
      `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}" TargetMode="External"/></Relationships>`;
    const picture =
      '<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:link="rId9"/></w:drawing><w:t>words</w:t></w:r></w:p>';
    const files: [string, Uint8Array][] = [
      [
        'a.html',
        encode(
          `<link rel=stylesheet href="${origin}/a.css"><script src="${origin}/a.js"></script><img src="${origin}/a.png"><iframe src="${origin}"></iframe>words`,
        ),
      ],
      [
        'a.docx',
        createDocx(picture, { 'word/_rels/document.xml.rels': relation('image', `${origin}/a.png`) }),
      ],
      [
        'b.docx',
        createDocx('<w:p><w:r><w:t>words</w:t></w:r></w:p>', {
          'word/_rels/document.xml.rels': relation('attachedTemplate', `${origin}/a.dotm`),
        }),
      ],
      [
        'a.xlsx',
        createXlsx({
          S: [
            ['a', 'b'],
            [{ formula: `WEBSERVICE("${origin}")` }, 'words'],
          ],
        }),
      ],
      ['a.md', encode(`![words](${origin}/a.png)`)],
      ['a.eml', encode(`From: a@b.c\r\nContent-Type: text/html\r\n\r\n<img src="${origin}/a.png">words`)],
      ['a.rtf', encode(`{\\rtf1 {\\field{\\*\\fldinst INCLUDEPICTURE "${origin}/a.png"}}words}`)],
      ['a.zip', createZip({ 'a.html': `<img src="${origin}/a.png">words` })],
      ['a.svg.xml', encode(`<?xml-stylesheet href="${origin}/a.css"?><a xlink:href="${origin}"/>words`)],
    ];

    for (const [name, bytes] of files) expect((await parseBytes(name, bytes)).text).toContain('words');
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(connections).toBe(0);
  });
});

describe('huge cells and rows', () => {
  it('of a sheet are bounded, whatever they share', async () => {
    const shared = 'x'.repeat(1024 * 1024);
    const cells = Array.from(
      { length: 9 },
      (_, index) => `<c r="${String.fromCharCode(65 + index)}1" t="s"><v>0</v></c>`,
    );
    const bytes = createZip({
      'xl/workbook.xml': '<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<r><Relationship Id="a" Type="x/worksheet" Target="s.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="t.xml"/></r>',
      'xl/s.xml': `<worksheet><row r="1">${cells.join('')}</row></worksheet>`,
      'xl/t.xml': `<sst><si><t>${shared}</t></si></sst>`,
    });

    await expect(parseBytes('a.xlsx', bytes)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'sheet "S", row 1',
    });
  });

  it('become chunks that keep to their size', async () => {
    const { sections } = await parseBytes(
      'a.xlsx',
      createXlsx({
        S: [
          ['a', 'b'],
          ['word '.repeat(20_000), 1],
        ],
      }),
    );

    const chunks = await chunkAll(sections, { maxTokens: 64, overlapTokens: 0 });

    expect(chunks.length).toBeGreaterThan(200);
  });
});
