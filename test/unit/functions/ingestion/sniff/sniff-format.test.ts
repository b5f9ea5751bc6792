import { describe, expect, it } from 'vitest';
import { contentTypeOfName } from '../../../../../functions/ingestion/sniff/known-formats.ts';
import { sniffFormat } from '../../../../../functions/ingestion/sniff/sniff-format.ts';
import { createPdf } from '../../../../support/documents/create-pdf.ts';
import { parseBytes } from '../../../../support/parse-sample.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Encodes text by reading every pair of bytes backwards through the platform's decoder. */
function encodeAs(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding);
  const bytesOf = new Map<string, number[]>();
  for (let first = 255; first >= 0; first--) {
    for (let second = 255; second >= 0x40; second--)
      bytesOf.set(decoder.decode(Uint8Array.of(first, second)), [first, second]);
  }
  for (let byte = 255; byte >= 0; byte--) bytesOf.set(decoder.decode(Uint8Array.of(byte)), [byte]);
  return Uint8Array.from(Array.from(text).flatMap((character) => bytesOf.get(character) ?? [63]));
}

function encodeUtf32(text: string, isLittleEndian: boolean): Uint8Array {
  const codes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(codes.length * 4);
  for (const [index, code] of codes.entries())
    if (isLittleEndian) bytes.writeUInt32LE(code, index * 4);
    else bytes.writeUInt32BE(code, index * 4);
  return bytes;
}

describe('the encoding of a text', () => {
  const japanese = '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。';
  const russian =
    'Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.';
  const korean = '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.';
  const chinese = '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。';

  /** Much of it is in another language, so that statistics of letters see little. */
  const feed = (titles: string[]): string =>
    titles
      .map(
        (title, id) =>
          `<item><title>${title}</title><link>http://www.harbour.example/news/index.php?id=${id}&page=comments</link><author>harbour master office</author></item>`,
      )
      .join('');
  const hungarian = [
    'Friss hírek és képek a kikötőről',
    'Új hajó érkezett, az ár változatlan',
    'Időjárás és árapály a héten',
    'Elérhető a jövő heti menetrend',
  ];
  const turkish = [
    'Hava durumu: fırtına yok, yağmur var',
    'Yeni tarife hazır, bütün seferler dolu, çok bekleyin',
  ];

  it.each([
    ['iso-8859-2', feed(hungarian)],
    ['windows-1250', feed(hungarian)],
    ['windows-1254', feed(turkish)],
    ['iso-8859-15', 'Le cœur du port bat encore : un œuf coûte 2 €, un bœuf entier mille.'],
    [
      'iso-8859-2',
      'Vesti iz pristanišča: ladja je prišla zjutraj, tovor so naložili. Ribiči so ostali doma.',
    ],
    ['windows-1252', 'A notícia do porto: as condições não são boas, os barcões ficam.'],
    ['windows-1252', 'Skipið kom í morgun, þá var veðrið gott og sjórinn sléttur. Ýsan er dýr, 2½ króna.'],
    ['shift_jis', japanese],
    ['euc-jp', japanese],
    ['windows-1251', russian],
    ['koi8-r', russian],
    ['windows-1252', 'naïve café'],
    ['ibm866', russian],
    ['x-mac-cyrillic', russian],
    ['iso-8859-5', russian],
    ['koi8-u', 'Всі люди народжуються вільними і рівними у своїй гідності та правах.'],
    ['macintosh', 'Alle Häfen müssen für größere Schiffe geöffnet sein, sagte der Kapitän über die Küste.'],
    ['windows-874', 'มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ'],
    ['koi8-r', `The options of this command are shown in ${russian} See also mkfs and fsck.`],
    ['windows-1251', `Usage: chsh [-s login_shell] [user]\n${russian}\nFiles: /etc/passwd, /etc/shells`],
    ['euc-kr', korean],
    ['gb18030', chinese],
    ['big5', '人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。'],
  ])('is found to be %s', async (encoding, text) => {
    expect((await parseBytes('a.txt', encodeAs(text, encoding))).text).toBe(text);
  });

  it('is found beside a few zeros, as a disk that fills up leaves them', async () => {
    const line = '09:14 the tide gate closed, quay 4 — größer als gestern\n';

    const { sniffed, text } = await parseBytes('gate.log', encode(line.repeat(3) + '\0' + line));

    expect(sniffed.encoding).toBe('utf-8');
    expect(text).toBe(line.repeat(4));
  });

  it('is found to be that of Japanese mail, whose bytes are all ASCII', async () => {
    const bytes = Buffer.from('Tide \x1b$BD,\x1b(B and \x1b$B$O\x1b(B', 'latin1');

    expect((await parseBytes('a.txt', bytes)).text).toBe('Tide 潮 and は');
  });

  it.each([
    ['UTF-32, little end first, with a mark', encodeUtf32('\ufeffTide 潮 😀', true)],
    ['UTF-32, big end first, with a mark', encodeUtf32('\ufeffTide 潮 😀', false)],
    ['UTF-32 without a mark', encodeUtf32('Tide 潮 😀', true)],
    ['UTF-16, big end first, with a mark', Buffer.from('\ufeffTide 潮 😀', 'utf16le').swap16()],
    ['UTF-8 with a mark', encode('\ufeffTide 潮 😀')],
  ])('is found to be %s, in blocks of any size', async (_what, bytes) => {
    expect((await parseBytes('a.txt', bytes, 3)).text).toBe('Tide 潮 😀');
  });

  it('is UTF-8 though a few bytes of it are broken, which a note counts', async () => {
    const bytes = Buffer.concat([encode(russian), Buffer.from([0xff]), encode(russian)]);

    const { text, notes } = await parseBytes('a.txt', bytes);

    expect(text).toBe(`${russian}\ufffd${russian}`);
    expect(notes).toEqual(['1 characters could not be read as utf-8 and stand as U+FFFD.']);
  });
});

describe('the format of a file', () => {
  const pdf = createPdf({ pages: [[{ x: 9, y: 9, text: 'x' }]] });

  it.each<[name: string, bytes: Uint8Array, format: string]>([
    ['report.docx', pdf, 'pdf'],
    ['report', pdf, 'pdf'],
    ['letter.txt', encode('{\\rtf1 x}'), 'rtf'],
    ['data', encode('{"a": 1}\n{"a": 2}\n'), 'jsonl'],
    ['data', encode('[{"a": 1}, {"b": 2}]'), 'json'],
    ['page', encode('<!DOCTYPE html><p>x'), 'html'],
    ['data', encode('{braces are not json}'), 'text'],
    ['main.rs', encode('fn main() {}'), 'code'],
    ['a.yaml', encode('a: 1'), 'text'],
  ])('of %s is told by its bytes first, then its name', (name, bytes, format) => {
    expect(sniffFormat(name, '', bytes).format).toBe(format);
  });

  it.each([
    ['a.doc', 'WordDocument', /old Word document \(doc\); save it as docx/],
    ['a.xls', 'Workbook', /old Excel workbook \(xls\); save it as xlsx/],
    ['a.ppt', 'PowerPoint Document', /old PowerPoint presentation \(ppt\); save it as pptx/],
    ['a.msg', '__substg1.0_0037001F', /Outlook message \(msg\); save it as eml/],
    ['a.docx', 'EncryptedPackage', /encrypted Office document; remove its password/],
    ['a.mpp', 'Something', /old Office document or Outlook message/],
  ])('of %s is refused by the name of its kind', (name, stream, words) => {
    const bytes = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(504),
      Buffer.from(stream, 'utf16le'),
    ]);

    expect(() => sniffFormat(name, '', bytes)).toThrow(words);
  });

  it('of text with a name of another kind is text', async () => {
    const { text, sniffed } = await parseBytes('fees.2026-backup', 'The tide turns at nine.');

    expect(sniffed.format).toBe('text');
    expect(text).toBe('The tide turns at nine.');
  });

  it('that the name does not say stands in a note', async () => {
    const { notes } = await parseBytes('report.docx', pdf);

    expect(notes).toEqual(['The file is called "report.docx", but its bytes are pdf; it was read as that.']);
  });

  it.each([
    ['a.pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
    ['a.epub', 'application/epub+zip'],
    ['A.PARQUET', 'application/vnd.apache.parquet'],
    ['a.eml', 'message/rfc822'],
    ['a.unknown', 'application/octet-stream'],
  ])('of %s has the media type %s until it is read', (name, contentType) => {
    expect(contentTypeOfName(name)).toBe(contentType);
  });
});
