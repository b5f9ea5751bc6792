import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chunkAll, parseBytes } from '../../../../support/parse-sample.ts';

const sample = (name: string): Promise<Uint8Array> =>
  readFile(fileURLToPath(new URL(`../../../../samples/${name}`, import.meta.url)));
const parseSample = async (name: string, blockBytes?: number) =>
  parseBytes(name, await sample(name), blockBytes);

describe('text', () => {
  it('has no colours of terminals', async () => {
    expect((await parseBytes('a.log', 'tide \x1b[1;31mhigh\x1b[0m now')).text).toBe('tide high now');
  });

  it('of source code is in the encoding that its first lines name', async () => {
    const code = '#!/usr/bin/python\n# -*- coding: iso-8859-5 -*-\nword = "\xbc\xde\xe0\xd5"\n';

    expect((await parseBytes('a.py', Buffer.from(code, 'latin1'))).text).toContain('word = "Море"');
  });

  it.each([
    ['latin1.txt', 'windows-1252', 'Die schöne Frau trinkt Kaffee. Das Café öffnet früh.'],
    ['utf16.txt', 'utf-16le', 'Sixteen bits: Größe, 東京.'],
  ])('of %s is read as %s', async (name, encoding, words) => {
    const { sniffed, text } = await parseSample(name);

    expect(sniffed.encoding).toBe(encoding);
    expect(text.trim()).toBe(words);
  });

  it('is the same however it arrives', async () => {
    const content = 'Größe\r\nand 東京\r\n\r\n👨‍🔧 end\u0000\u0007.\r'.repeat(50);
    const bytes = new TextEncoder().encode(content.replaceAll('\u0000', ''));

    const whole = await parseBytes('a.txt', bytes);
    const inPieces = await parseBytes('a.txt', bytes, 7);

    expect(inPieces.text).toBe(whole.text);
    expect(whole.text).not.toMatch(/[\r\u0007]/);
    expect(whole.text).toContain('Größe\nand 東京\n\n👨‍🔧 end.\n');
  });

  it('tells how many characters could not be read', async () => {
    const bytes = Buffer.concat([
      Buffer.alloc(5 * 1024 * 1024, 'plain text\n'),
      Buffer.from([0xff, 0xfe, 0x41]),
    ]);

    const { notes } = await parseBytes('a.txt', bytes);

    expect(notes).toEqual(['2 characters could not be read as utf-8 and stand as U+FFFD.']);
  });

  it('comes in windows that end at a paragraph', async () => {
    const { sections } = await parseBytes('a.txt', 'A paragraph of a few words.\n\n'.repeat(30_000));

    expect(sections.length).toBeGreaterThan(2);
    expect(
      sections.slice(0, -1).every(({ text }) => text.endsWith('words.\n\n') && text.length < 350_000),
    ).toBe(true);
  });

  it('is taken by its name where it could be something else', async () => {
    expect((await parseBytes('a.txt', '{"name": "John')).sniffed.format).toBe('text');
    expect((await parseBytes('a.md', '<html>x</html>')).sniffed.format).toBe('markdown');
    expect((await parseBytes('README', 'plain words')).sniffed.format).toBe('text');
    expect((await parseBytes('page', '<!DOCTYPE html><p>x')).sniffed.format).toBe('html');
  });
});

describe('Markdown', () => {
  it('stays as written, with its headings found outside code', async () => {
    const { text, sections } = await parseSample('harbour.md');

    expect(text).toContain('| Sloop | 12.50 |');
    expect(sections[0]?.headings.map(({ level, title }) => [level, title])).toEqual([
      [1, 'Harbour'],
      [2, 'Fees'],
      [2, 'Opening hours'],
    ]);
    const chunks = await chunkAll(sections, { maxTokens: 24, overlapTokens: 0 });
    expect(chunks.find((chunk) => chunk.text.includes('Sloop'))?.headings[0]).toBe('Harbour');
  });
});

describe('HTML', () => {
  it('names its encoding behind a long comment as well', async () => {
    const page = `<head><!-- ${'x'.repeat(3_000)} --><meta charset="iso-8859-7"></head><p>\xc1\xe2`;

    expect((await parseBytes('a.html', Buffer.from(page, 'latin1'))).text).toBe('Αβ');
  });

  it('has items of lists behind their marks, and formulas', async () => {
    const page =
      '<ul><li><p>one</p><p>more</p></li><li></li><li><ul><li>two</li></ul></li></ul><p>after <math><mi>E</mi><mo>=</mo><mi>m</mi><annotation>E=m</annotation></math></p>';

    expect((await parseBytes('a.html', page)).text).toBe('- one\n\nmore\n\n- two\n\nafter E=m');
  });

  it('has no readings above characters, and words of fields apart', async () => {
    const page = '<ruby>潮<rp>(</rp><rt>しお</rt><rp>)</rp></ruby><textarea>a</textarea><button>Go</button>';

    expect((await parseBytes('a.html', page)).text).toBe('潮\na\nGo');
  });

  it('is what a reader sees: no scripts, styles, hidden parts or navigation', async () => {
    const { text } = await parseSample('bees.html');

    expect(text).toBe(
      'Bees at work\n\nBees\n\nA waggle dance tells the hive\nwhere flowers are.\n\nA honeycomb\n\nCastes\n\nCaste | Number\nQueen | 1\n\n- Workers forage\n- Drones do not\n\ntwo\n  lines',
    );
  });

  it('knows its headings at their places', async () => {
    const { text, sections } = await parseSample('bees.html');

    for (const { offset, title } of sections[0]?.headings ?? [])
      expect(text.slice(offset, offset + title.length)).toBe(title);
    expect(sections[0]?.headings.map(({ title }) => title)).toEqual(['Bees at work', 'Bees', 'Castes']);
  });

  it.each([
    ['a head that never ends', '<html><head><title>T</title><p>Body text', 'T\n\nBody text'],
    ['no closing tags', '<p>one<p>two<li>three', 'one\n\ntwo\n- three'],
    ['navigation alone', '<nav><a>Only link</a></nav>', 'Only link'],
    ['entities and comments', '<p>a &amp; b &#228; &lt;c&gt;<!-- no --></p>', 'a & b ä <c>'],
    ['a heading in pieces', '<h1>Big <b>bees</b>!</h1>', 'Big bees!'],
  ])('with %s is read', async (_title, html, text) => {
    expect((await parseBytes('a.html', html)).text).toBe(text);
  });

  it('is read in the encoding that it declares', async () => {
    const bytes = Buffer.from('<html><meta charset="iso-8859-2"><p>\xb3\xf3d\xbc</p></html>', 'latin1');

    expect((await parseBytes('a.html', bytes)).text).toBe('łódź');
  });

  it('nested without end is refused', async () => {
    await expect(parseBytes('a.html', '<div>'.repeat(5_000))).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('nested deeper') as string,
    });
  });
});

describe('tables', () => {
  it.each([1, 3, 65_536])('are read record by record, in blocks of %i bytes', async (blockBytes) => {
    const { sections, hasUntypedValues } = await parseSample('planets.csv', blockBytes);

    expect(hasUntypedValues).toBe(true);
    expect(sections.map(({ text, kind, openHeadings }) => [kind, text, openHeadings])).toEqual([
      ['RECORD', 'name: Saturn\nmoons: 146\nrings: true', ['Planets of the Sun']],
      ['RECORD', 'name: Mars\nmoons: 2\nrings: false', ['Planets of the Sun']],
      ['RECORD', 'name: Venus; the bright one\nmoons: 0\nrings: false', ['Planets of the Sun']],
    ]);
  });

  it('of tabs keep their commas', async () => {
    expect((await parseSample('notes.tsv')).sections.map(({ text }) => text)).toEqual([
      'name: First\nnote: one',
      'name: Second\nnote: two, with comma',
    ]);
  });

  it.each([
    ['a,b\n1,2\n', ['a: 1\nb: 2']],
    ['1,2\n3,4\n', ['column 1: 1\ncolumn 2: 2', 'column 1: 3\ncolumn 2: 4']],
    ['a,b\nx,y,z\n', ['a: x\nb: y\ncolumn 3: z']],
    ['a,b,b\nx,1,2\n', ['a: x\nb: 1\nb (2): 2']],
    ['yes,yes\nno,yes\n', ['column 1: yes\ncolumn 2: yes', 'column 1: no\ncolumn 2: yes']],
    ['a,1960,1961\nx,5,6\n', ['a: x\n1960: 5\n1961: 6']],
    ['a,1961,1960\nx,5,6\n', ['a: x\n1961: 5\n1960: 6']],
    ['id,407,22\nx,yes,no\ny,,yes\nz,no,', ['id: x\n407: yes\n22: no', 'id: y\n22: yes', 'id: z\n407: no']],
    [
      'x,407,yes\ny,n/a,22\n',
      ['column 1: x\ncolumn 2: 407\ncolumn 3: yes', 'column 1: y\ncolumn 2: n/a\ncolumn 3: 22'],
    ],
    [
      'x,1960,1990\ny,5,6\n',
      ['column 1: x\ncolumn 2: 1960\ncolumn 3: 1990', 'column 1: y\ncolumn 2: 5\ncolumn 3: 6'],
    ],
    ['only one line', ['column 1: only one line']],
    ['a|b\nx|"y\nz"\n', ['a: x\nb: y\nz']],
    ['a,,c\nx,,z\n', ['a: x\nc: z']],
    ['\ufeffa;b\r\n1,5;2\r\n', ['a: 1,5\nb: 2']],
    [',,\n,,\n,Fees,\n,boat,fee\n,,\n,sloop,12\n', ['boat: sloop\nfee: 12']],
    ['# made by a tool\n# in May\na,b\n1,2\n', ['a: 1\nb: 2']],
    ['fruit\napple\npear, ripe\n', ['fruit: apple', 'fruit: pear\ncolumn 2: ripe']],
    ['a, b\n1, "x, y"\n2, "z"\n', ['a: 1\nb: x, y', 'a: 2\nb: z']],
    ['a,b\n1,"a \\"fine\\" day, yes"\n2,"back\\\\"\n', ['a: 1\nb: a "fine" day, yes', 'a: 2\nb: back\\\\']],
    ['a,b\n1,"C:\\"\n2,"say ""x"""\n', ['a: 1\nb: C:\\', 'a: 2\nb: say "x"']],
    ['a,b\n1,5" pipe\n', ['a: 1\nb: 5" pipe']],
  ])('%j have the records %j', async (content, records) => {
    expect((await parseBytes('a.csv', content)).sections.map(({ text }) => text)).toEqual(records);
  });

  it('with too many columns are refused with the row', async () => {
    const content = `a,b\n${'x,'.repeat(20_000)}`;

    await expect(parseBytes('a.csv', content)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'row 2',
    });
  });
});

describe('JSON', () => {
  it.each([
    ['a.json', '{"a": "x"}\n{"a": "y"}\n', ['a: x', 'a: y']],
    ['a.jsonl', '[\n  {"a": "x"},\n  {"a": "y"}\n]\n', ['a: x', 'a: y']],
    ['a.ndjson', '{\n  "a": "x"\n}\n', ['a: x']],
  ])('in lines or not is read as it is, under the name %s', async (name, content, records) => {
    expect((await parseBytes(name, content)).sections.map(({ text }) => text)).toEqual(records);
  });

  it.each([1, 5, 65_536])('arrays are read record by record, in blocks of %i bytes', async (blockBytes) => {
    const { sections } = await parseSample('tools.json', blockBytes);

    expect(sections.map(({ text }) => text)).toEqual([
      'sku: GT-1\nname: Garden Trowel\nprice: 12.5',
      'sku: WC-2\nname: Watering ] Can, "large"\nprice: 18',
    ]);
    expect(sections[1]?.values).toEqual({ sku: 'WC-2', name: 'Watering ] Can, "large"', price: 18 });
  });

  it('objects are a record, and so is each of the objects in their lists', async () => {
    const { sections } = await parseSample('shop.json');

    expect(sections.map(({ text, openHeadings }) => [text, openHeadings])).toEqual([
      ['shop: Corner\ncity: Ulm', []],
      ['name: Rake', ['items']],
      ['name: Hoe', ['items']],
    ]);
  });

  it('lines are records with flat columns', async () => {
    const { sections } = await parseSample('notes.jsonl', 3);

    expect(sections.map(({ values }) => values)).toEqual([
      { title: 'Volcanoes', body: 'Basalt lava flows quickly.' },
      {
        title: 'Glaciers',
        body: 'Ice flows downhill.',
        tags: ['cold', 'slow'],
        'place.name': 'Alps',
        'place.height': 4808,
      },
    ]);
  });

  it.each([
    ['[]', []],
    ['[1, "two", null]', ['1', 'two', '']],
    ['"just text"', ['just text']],
    ['[[{"a": 1}], {"b": [{"c": 2}, 3]}]', ['[0].a: 1', 'b: 3\nb[0].c: 2']],
    ['{"__proto__": {"x": 1}, "y": 2}', ['__proto__.x: 1\ny: 2']],
  ])('%s has the texts %j', async (content, texts) => {
    expect((await parseBytes('a.json', content)).sections.map(({ text }) => text)).toEqual(texts);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each([['[1] 2'], ['[1,]'], ['[,1]'], ['[1'], ['{"a":}'], ['[{"a"}]']])(
    '%s is refused',
    async (content) => {
      await expect(parseBytes('a.json', content)).rejects.toMatchObject({ kind: 'VALIDATION' });
    },
  );
});

describe('documents', () => {
  it('of Word keep headings, tables and the header', async () => {
    const { text, sections } = await parseSample('letter.docx');

    expect(text).toBe(
      'Moorings\n\nEvery sloop needs a mooring.\n\nBerth | Depth\nNorth | 4 m\n\nSigned at noon.\n\nHarbour office & customs',
    );
    expect(sections[0]?.headings).toEqual([{ offset: 0, level: 1, title: 'Moorings' }]);
  });

  it('of PDF have pages, and words that were cut at a line are whole', async () => {
    const { sections } = await parseSample('two-pages.pdf');

    expect(sections.map(({ page, text }) => [page, text])).toEqual([
      [1, 'The lighthouse keeper\nwrites a daily log about the temperature of the sea.'],
      [2, 'Second page: the storm of 1953.'],
    ]);
  });
});
