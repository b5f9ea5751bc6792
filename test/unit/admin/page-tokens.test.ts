import { expect, test } from 'vitest';
import { createPageTokens } from '../../../admin/src/data/page-tokens.ts';

/** A list of pages that are read by tokens; counts what is asked. */
function makeList(pages: string[][]) {
  const asked: (string | null)[] = [];
  const read = (token: string | null) => {
    asked.push(token);
    const at = token === null ? 0 : Number(token);
    return Promise.resolve({
      items: pages[at] ?? [],
      nextToken: at + 1 < pages.length ? String(at + 1) : null,
    });
  };
  return { asked, read };
}

test('reads the next page by the token that the page before answered', async () => {
  const { readPage } = createPageTokens();
  const { asked, read } = makeList([['a'], ['b'], ['c']]);

  const items = [];
  for (const page of [1, 2, 3, 2]) items.push((await readPage('list', page, read)).items);

  expect(items).toEqual([['a'], ['b'], ['c'], ['b']]);
  expect(asked).toEqual([null, '1', '2', '1']);
});

test('walks to a page whose token it has never seen', async () => {
  const { readPage } = createPageTokens();
  const { read } = makeList([['a'], ['b'], ['c']]);

  expect((await readPage('list', 3, read)).items).toEqual(['c']);
});

test('answers nothing, not the last page again, for a page beyond the end', async () => {
  const { readPage } = createPageTokens();
  const { read } = makeList([['a'], ['b']]);

  expect(await readPage('list', 5, read)).toEqual({ items: [], nextToken: null });
});

test('skips pages that a filter left empty', async () => {
  const { readPage } = createPageTokens();
  const { read } = makeList([[], [], ['c'], ['d']]);

  expect(await readPage('list', 1, read)).toEqual({ items: ['c'], nextToken: '3' });
});

test('keeps the tokens of different lists apart', async () => {
  const { readPage } = createPageTokens();
  const one = makeList([['a'], ['b']]);
  const other = makeList([['x'], ['y']]);

  await readPage('one', 1, one.read);
  await readPage('other', 1, other.read);

  expect((await readPage('one', 2, one.read)).items).toEqual(['b']);
  expect((await readPage('other', 2, other.read)).items).toEqual(['y']);
});
