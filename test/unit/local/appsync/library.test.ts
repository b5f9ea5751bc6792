import { describe, expect, it } from 'vitest';
import { evaluate, run, session } from './evaluate.ts';

const WHEN = 1_517_943_695_750; // 2018-02-06T19:01:35.750Z

describe('texts as the service reads them', () => {
  it.each([
    ["'a1b22'.replace('[0-9]+', '#')", 'a#b22'],
    ["'a1b22'.replaceAll('[0-9]+', '#')", 'a#b#'],
    ["'a.b'.replaceAll('\\\\.', '-')", 'a-b'],
    ["'John Smith'.replace('(\\\\w+) (\\\\w+)', '$2 $1')", 'Smith John'],
    ["'ABC'.replaceAll('(?i)b', 'x')", 'AxC'],
    ["'é1'.replaceAll('\\\\p{Alpha}|\\\\d', '')", 'é'],
    ["'a-b-c'.replace('-', '+')", 'a+b-c'],
    ["'a-b-c'.replaceAll('-', '')", 'abc'],
    ["JSON.parse('{ no json')", ''],
    ["JSON.parse('[1]').length", 1],
  ])('%s', (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it('refuse a pattern that is none, and one that grows a text without end', () => {
    expect(() => evaluate("'a(b'.replace('(', '')")).toThrow("'(' is not a pattern");
    expect(() => evaluate("'x'.replaceAll('(x)', '$1$1') + util.base64Encode('x')")).not.toThrow();
    expect(() =>
      evaluate("[1, 2, 3, 4, 5, 6].reduce((text) => text.replaceAll('.', '$&'.concat(text)), 'xxxxxxxxxx')"),
    ).toThrow('may grow beyond');
  });
});

describe('util.time', () => {
  it.each([
    ["nowFormatted('yyyy')", '2026'],
    [`epochMilliSecondsToFormatted(${WHEN}, 'yyyy-MM-dd HH:mm:ssZ')`, '2018-02-06 19:01:35+0000'],
    [
      `epochMilliSecondsToFormatted(${WHEN}, 'yyyy-MM-dd HH:mm:ssZ', 'Australia/Perth')`,
      '2018-02-07 03:01:35+0800',
    ],
    [`epochMilliSecondsToFormatted(${WHEN}, 'HH:mmXXX', 'GMT+5')`, '00:01+05:00'],
    [`epochMilliSecondsToFormatted(${WHEN}, 'HH:mmXXX', 'UTC-03:30')`, '15:31-03:30'],
    [`epochMilliSecondsToFormatted(${WHEN}, 'HH:mmXXX', 'Z')`, '19:01Z'],
    [`epochMilliSecondsToFormatted(${WHEN}, 'yy-M-d')`, '18-2-6'],
    [
      `epochMilliSecondsToFormatted(${WHEN}, "EEEE, MMMM d, uuuu 'o''clock' K:mm a")`,
      "Tuesday, February 6, 2018 o'clock 7:01 PM",
    ],
    [`epochMilliSecondsToFormatted(${WHEN}, 'DDD Q QQQ kk e S SS SSSSSS')`, '037 1 Q1 19 3 7 75 750000'],
    [
      `epochMilliSecondsToFormatted(${WHEN}, 'X XX XXX x xxx Z ZZZZ O VV z')`,
      'Z Z Z +00 +00:00 +0000 GMT GMT UTC UTC',
    ],
    [
      `epochMilliSecondsToFormatted(${WHEN}, 'X XXX ZZZZ O VV', 'Asia/Kolkata')`,
      '+0530 +05:30 GMT+05:30 GMT+5:30 Asia/Kolkata',
    ],
    ["epochMilliSecondsToFormatted(1735600000000, 'YYYY yyyy')", '2025 2024'],
    [
      "parseFormattedToEpochMilliSeconds('2018-02-01 17:21:05+0800', 'yyyy-MM-dd HH:mm:ssZ')",
      1_517_476_865_000,
    ],
    [
      "parseFormattedToEpochMilliSeconds('2018-02-01 17:21:05', 'yyyy-MM-dd HH:mm:ss', 'Australia/Perth')",
      1_517_476_865_000,
    ],
    [
      "parseFormattedToEpochMilliSeconds('Feb 6, 18 7:01 PM', 'MMM d, yy h:mm a')",
      Date.UTC(2018, 1, 6, 19, 1),
    ],
    ["parseFormattedToEpochMilliSeconds('20180206', 'yyyyMMdd')", Date.UTC(2018, 1, 6)],
    ["parseFormattedToEpochMilliSeconds('2018-02-31', 'yyyy-MM-dd')", Date.UTC(2018, 1, 28)],
    ["parseFormattedToEpochMilliSeconds('2018-037T01Z', \"yyyy-DDD'T'HHX\")", Date.UTC(2018, 1, 6, 1)],
    [
      "parseFormattedToEpochMilliSeconds('2024-03-31 12:00', 'yyyy-MM-dd HH:mm', 'Europe/Berlin')",
      Date.UTC(2024, 2, 31, 10),
    ],
    ["parseISO8601ToEpochMilliSeconds('2018-02-01T17:21:05.180+08:00')", 1_517_476_865_180],
    [`epochMilliSecondsToSeconds(${WHEN})`, 1_517_943_695],
    [`epochMilliSecondsToISO8601(${WHEN})`, '2018-02-06T19:01:35.750Z'],
  ])('%s', (call, value) => {
    expect(evaluate(`util.time.${call}`)).toBe(value);
  });

  it.each([
    ["parseFormattedToEpochMilliSeconds('2018-13-01', 'yyyy-MM-dd')", 'the month is 13; it must be 1 to 12'],
    ["parseFormattedToEpochMilliSeconds('x', 'yyyy')", "'x' does not fit the pattern 'yyyy'"],
    ["epochMilliSecondsToFormatted(0, 'yyyy', 'Mars/Base')", "'Mars/Base' is not a time zone"],
    ["epochMilliSecondsToFormatted(0, 'www')", "the pattern letters 'www' are not supported"],
  ])('%s is refused', (call, message) => {
    expect(() => evaluate(`util.time.${call}`)).toThrow(message);
  });
});

describe('util.matches', () => {
  it.each([
    ['a*b', 'aaaaab', true],
    ['b', 'aab', false],
    ['(?i)ABC', 'abc', true],
    ['\\\\p{Alpha}+\\\\p{Digit}', 'abc1', true],
    ['[\\\\p{Alnum}_]+', 'a_1', true],
    ['\\\\A\\\\w+@[\\\\w-.]+\\\\z', 'a@b-c.de', true],
    ['\\\\Qa.b\\\\E', 'axb', false],
    ['\\\\p{L}+', 'été', true],
  ])('%s of %s', (pattern, value, matches) => {
    expect(evaluate(`util.matches('${pattern}', '${value}')`)).toBe(matches);
  });

  it('says which pattern is none', () => {
    expect(() => evaluate("util.matches('(', 'a')")).toThrow("'(' is not a pattern");
  });
});

describe('util.http', () => {
  it('copies headers without those of one hop', () => {
    const headers = "{ Host: 'a', 'content-length': '1', TE: 'x', authorization: 'b', 'x-api-key': 'c' }";

    expect(evaluate(`util.http.copyHeaders(${headers})`)).toEqual({ authorization: 'b', 'x-api-key': 'c' });
  });

  it('adds headers, writing values as text', () => {
    const own = session();

    run(
      `import { util } from '@aws-appsync/utils';
       export function request() { util.http.addResponseHeader('itemsCount', 7);
         util.http.addResponseHeaders({ a: 'x', b: { c: 1 } }); }
       export function response() {}`,
      own,
    );

    expect(own.done).toEqual([
      ['itemsCount', '7'],
      ['a', 'x'],
      ['b', '{"c":1}'],
    ]);
  });

  it.each(['Vary', 'x-amz-date', 'X-AMZN-trace', 'access-control-allow-origin', 'connection', 'a b', ''])(
    'refuses the name %j',
    (name) => {
      expect(() => evaluate(`util.http.addResponseHeader('${name}', 'x')`)).toThrow(
        /belongs to|is not the name/,
      );
    },
  );

  it('refuses a value that would begin another header', () => {
    expect(() => evaluate("util.http.addResponseHeader('a', 'x\\r\\nb: y')")).toThrow('no header takes');
  });
});

describe('util.xml', () => {
  it.each([
    [
      '<?xml version="1.0" encoding="UTF-8"?><posts><post><id>1</id><title>Getting started with GraphQL</title></post></posts>',
      { posts: { post: { id: 1, title: 'Getting started with GraphQL' } } },
    ],
    ['<a><b>1</b><b>x</b><b/></a>', { a: { b: [1, 'x', ''] } }],
    ['<a id="7">text<b>true</b></a>', { a: { id: 7, b: true, content: 'text' } }],
    ['<a><![CDATA[<b>]]> &amp; 007</a>', { a: '<b> & 007' }],
    ['<a>12345678901234567890</a>', { a: '12345678901234567890' }],
  ])('reads %s', (xml, map) => {
    expect(evaluate(`util.xml.toMap(${JSON.stringify(xml)})`)).toEqual(map);
  });

  it('writes JSON, encoded once more where asked', () => {
    expect(evaluate("util.xml.toJsonString('<a>1</a>')")).toBe('{"a":1}');
    expect(evaluate("util.xml.toJsonString('<a>1</a>', true)")).toBe('"{\\"a\\":1}"');
  });

  it.each(['', 'text', '<a>', '<a></b>', '<a/>tail', `${'<a>'.repeat(600)}${'</a>'.repeat(600)}`])(
    'refuses %.20j',
    (xml) => {
      expect(() => evaluate(`util.xml.toMap(${JSON.stringify(xml)})`)).toThrow('not well-formed');
    },
  );

  it('keeps a member that is called __proto__ a member', () => {
    expect(evaluate("Object.keys(util.xml.toMap('<a><__proto__>1</__proto__></a>').a)")).toEqual([
      '__proto__',
    ]);
  });
});

describe('toElasticsearchQueryDSL', () => {
  const query = (filter: string): unknown =>
    JSON.parse(evaluate(`util.transform.toElasticsearchQueryDSL(${filter})`) as string);

  it('puts conditions together with must', () => {
    expect(
      query("{ upvotes: { ne: 15, range: [10, 20] }, title: { eq: 'hihihi', wildcard: 'h*i' } }"),
    ).toEqual({
      bool: {
        must: [
          {
            bool: {
              must: [
                { bool: { must_not: { term: { upvotes: 15 } } } },
                { range: { upvotes: { gte: 10, lte: 20 } } },
              ],
            },
          },
          { bool: { must: [{ term: { title: 'hihihi' } }, { wildcard: { title: 'h*i' } }] } },
        ],
      },
    });
  });

  it('combines with or and not', () => {
    expect(
      query("{ or: [{ a: { gt: 1 } }, { b: { exists: true } }], not: { c: { matchPhrase: 'x y' } } }"),
    ).toEqual({
      bool: {
        must: [
          {
            bool: {
              should: [{ range: { a: { gt: 1 } } }, { exists: { field: 'b' } }],
              minimum_should_match: 1,
            },
          },
          { bool: { must_not: { match_phrase: { c: 'x y' } } } },
        ],
      },
    });
  });

  it('refuses an unknown operator', () => {
    expect(() => query('{ a: { near: 1 } }')).toThrow("'a' has the unknown operator 'near'");
  });
});

describe('the rest of util', () => {
  it('asks for models', () => {
    expect(evaluate("ai.invokeModel({ modelId: 'm', body: { a: 1 } })")).toEqual({
      operation: 'InvokeModel',
      modelId: 'm',
      body: { a: 1 },
    });
    expect(() => evaluate("ai.converse({ modelId: 'm' })")).toThrow('`messages` is missing');
  });

  it('escapes as JavaScript text what is not ASCII', () => {
    expect(evaluate("util.escapeJavaScript('é/\\u007f')")).toBe('\\u00E9\\/\u007f');
  });

  it('updates a map member by member, and replaces it where told so', () => {
    const update = (value: string): unknown =>
      (
        evaluate(`ddb.update({ key: { id: 1 }, update: { info: ${value} } })`) as {
          update: { expression: string };
        }
      ).update.expression;

    expect(update("{ city: 'x', at: { zip: 1 } }")).toBe(
      'SET #expName_1.#expName_2 = :expValue_1, #expName_1.#expName_3.#expName_4 = :expValue_2',
    );
    expect(update("operations.replace({ city: 'x' })")).toBe('SET #expName_1 = :expValue_1');
    expect(update("ddb.toStringSet(['a'])")).toBe('SET #expName_1 = :expValue_1');
  });
});
