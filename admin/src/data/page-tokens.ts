interface TokenPage {
  items: unknown[];
  nextToken: string | null;
}

/** Empty pages that are skipped in one call: a filter may leave whole pages empty although matches follow. */
const MAX_EMPTY_PAGES = 25;
/** Lists whose tokens are kept; the one that was used longest ago goes first. */
const MAX_LISTS = 50;

/** Reads numbered pages of lists that only know "the next page", by keeping the token that begins each page. */
interface PageTokens {
  readPage: <Page extends TokenPage>(
    list: string,
    page: number,
    read: (token: string | null) => Promise<Page>,
  ) => Promise<Page>;
}

export function createPageTokens(): PageTokens {
  /** `starts[n]` begins page n + 1. */
  const lists = new Map<string, (string | null)[]>();

  return {
    async readPage(list, page, read) {
      const starts = page === 1 ? [null] : (lists.get(list) ?? [null]);
      lists.delete(list);
      lists.set(list, starts);
      if (lists.size > MAX_LISTS) lists.delete(lists.keys().next().value ?? '');
      let number = Math.min(page, starts.length);
      for (;;) {
        const found = await readFilled(starts[number - 1] ?? null, read);
        if (found.nextToken !== null) starts[number] = found.nextToken;
        if (number >= page || found.nextToken === null)
          return number < page ? { ...found, items: [] } : found;
        number += 1;
      }
    },
  };
}

async function readFilled<Page extends TokenPage>(
  token: string | null,
  read: (token: string | null) => Promise<Page>,
): Promise<Page> {
  let found = await read(token);
  for (
    let skipped = 0;
    found.items.length === 0 && found.nextToken !== null && skipped < MAX_EMPTY_PAGES;
    skipped += 1
  ) {
    found = await read(found.nextToken);
  }
  return found;
}
