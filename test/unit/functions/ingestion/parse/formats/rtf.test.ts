import { describe, expect, it } from 'vitest';
import { parseBytes } from '../../../../../support/parse-sample.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const rtf = (body: string): Uint8Array => latin1(`{\\rtf1\\ansi\\ansicpg1252\\deff0 ${body}}`);

describe('an RTF document', () => {
  it.each([
    ['bytes of its code page', "caf\\'e9 \\'80", 'café €'],
    ['Unicode with a fallback', '\\uc1 \\u8364 ?\\u-10179 ?\\u-8704 ? end', '€😀 end'],
    ['a fallback of several characters', '\\uc3\\u246 abco', 'öo'],
    ['paragraphs and lines', 'one\\line two\\par three', 'one\ntwo\nthree'],
    ['characters by name', '\\ldblquote a\\rdblquote\\emdash b\\~c\\_d \\{\\}', '“a”—b c-d {}'],
    ['hidden and deleted text', 'shown{\\v hidden}{\\deleted gone} end', 'shown end'],
    ['fields', '{\\field{\\*\\fldinst HYPERLINK "http://127.0.0.1:1/"}{\\fldrslt the link}}', 'the link'],
    ['pictures and binary data', 'a{\\pict\\bin5 {}{}{}}b{\\*\\unknown junk}c', 'abc'],
    ['a mark of what is optional within a group', 'a {\\b\\*\\cs7\\f0 bold} b', 'a bold b'],
    ['a style of characters that is marked as optional', 'a {\\*\\cs7 styled} b', 'a styled b'],
    [
      'the text that an object shows',
      'a {\\object\\objlink{\\*\\objdata 0105}{\\result {\\rtlch linked\\par}}} b',
      'a linked\nb',
    ],
    ['an object that shows a picture', 'a {\\object{\\*\\objdata 0105}{\\result {\\pict 89ab}}}b', 'a b'],
    ['information about it', '{\\info{\\title T}{\\author A}}text', 'text'],
    ['groups that never end', 'text {\\b bold', 'text bold'],
  ])('with %s is read', async (_what, body, text) => {
    expect((await parseBytes('a.rtf', rtf(body))).text).toBe(text);
  });

  it('is decoded as its fonts say', async () => {
    const body =
      "{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}{\\f2\\fcharset128 MS Gothic;}}\\f1 \\'cc\\'e8\\'f0 {\\f2 \\'93\\'8c\\'8b\\'9e}";

    expect((await parseBytes('a.rtf', rtf(body))).text).toBe('Мир 東京');
  });

  it('keeps headings, tables, and margins at the end', async () => {
    const body =
      '{\\stylesheet{\\s0 Normal;}{\\s1 heading 1;}{\\s2 heading 2;}}{\\header Log book\\par}' +
      '\\pard\\s2 Crew\\par\\pard\\s0 All hands.\\par' +
      '\\trowd\\pard\\intbl Name\\cell Rank\\cell\\row\\trowd\\pard\\intbl Ann\\cell Mate\\cell\\row\\pard After.\\par';

    const { sections } = await parseBytes('a.rtf', rtf(body));

    expect(sections[0]?.text).toBe('Crew\n\nAll hands.\n\nName | Rank\nAnn | Mate\n\nAfter.\n\nLog book');
    expect(sections[0]?.headings).toEqual([{ offset: 0, level: 2, title: 'Crew' }]);
    expect(sections[0]?.tables).toHaveLength(1);
  });

  it('keeps the cells of a table in a margin apart', async () => {
    const margin = '{\\header\\trowd\\intbl Log\\cell Book\\cell\\row\\pard Harbour\\par}';

    expect((await parseBytes('a.rtf', rtf(`${margin}\\pard Text.\\par`))).text).toBe(
      'Text.\n\nLog Book Harbour',
    );
  });

  it('nested without end is refused', async () => {
    await expect(parseBytes('a.rtf', rtf('{'.repeat(5_000)))).rejects.toMatchObject({ kind: 'VALIDATION' });
  });
});
