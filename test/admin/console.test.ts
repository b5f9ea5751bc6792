import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';

const tides = {
  name: 'tides.md',
  mimeType: 'text/markdown',
  buffer: Buffer.from(
    '# Tides\n\nSpring tides come at full moon.\n\n## Neap tides\n\nNeap tides are the weakest; they come at the quarter moons.',
  ),
};
const bread = {
  name: 'bread.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from(
    'Sourdough rises slowly because wild yeast is slow.\n\nA hot oven with steam gives the loaf its crackling crust.',
  ),
};
const broken = {
  name: 'broken.pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.7\nnothing that a reader could use'),
};

describe('the console', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [runtime, browser] = await Promise.all([startLocalRuntime(), launchChromium()]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const own = new URL(runtime.endpoints.consoleUrl).hostname;
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== own) complaints.push(`asked ${request.url()}`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
  });

  afterAll(async () => {
    await browser.close();
    await runtime.stop();
  });

  const open = (path: string): Promise<unknown> => page.goto(`${runtime.endpoints.consoleUrl}#${path}`);
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const tab = (name: string): Locator => page.getByRole('tab', { name });
  const file = (name: string): Locator => page.getByRole('listitem', { name, exact: true });

  it('refuses a wrong password and says so', async () => {
    await page.goto(runtime.endpoints.consoleUrl);
    await page.getByLabel('User name or email').fill(runtime.endpoints.admin.username);
    await page.getByLabel('Password').fill('not the password');
    await button('Sign in').click();

    await page.getByRole('alert').waitFor();

    expect(await page.getByRole('alert').textContent()).toMatch(/password/i);
  });

  it('signs in and shows the first step', async () => {
    await page.getByLabel('Password').fill(runtime.endpoints.admin.password);
    await button('Sign in').click();

    await page.getByRole('heading', { name: 'Create your first database' }).waitFor();

    await page.getByRole('link', { name: 'Create your first database' }).click();
  });

  it('asks for a name, then creates a database', async () => {
    await button('Create database').click();
    await page.getByText('This is required.').waitFor();

    await page.getByRole('textbox', { name: 'Name' }).fill('Field notes');
    await button('Create database').click();

    await page.getByRole('heading', { name: 'Field notes', level: 1 }).waitFor();
    await page.getByRole('heading', { name: 'Add your first files' }).waitFor();
  });

  it('uploads files with metadata and follows them until they are ready', async () => {
    await tab('Files').click();
    await button('Options').click();
    await page.getByLabel('Metadata').fill('{"shelf": "kitchen"}');

    await page.getByTestId('file-input').setInputFiles([tides, bread]);

    for (const { name } of [tides, bread])
      await page.locator(`[aria-label="${name}"][data-status="READY"]`).waitFor({ timeout: 30_000 });
    expect(await file('tides.md').textContent()).toMatch(/\d+ searchable chunks?/);
  });

  it('shows why a file failed and what to do', async () => {
    await page.getByTestId('file-input').setInputFiles([broken]);

    await page.locator('[aria-label="broken.pdf"][data-status="FAILED"]').waitFor({ timeout: 30_000 });

    const alert = file('broken.pdf').getByRole('alert');
    await expect.poll(() => alert.textContent()).toMatch(/UNSUPPORTED_FILE|CORRUPT_DATA|VALIDATION/);
    expect(await alert.getByRole('button').count()).toBe(1);
  });

  it('lists the chunks of a file at their places', async () => {
    await button('Actions for tides.md').click();
    await page.getByRole('menuitem', { name: 'Show chunks' }).click();

    const chunks = page.getByRole('list', { name: 'Chunks' });
    await chunks.getByText('quarter moons').waitFor();

    expect(await chunks.textContent()).toMatch(/tides\.md · chunk 0.*characters 0–\d+/s);
    expect(await chunks.textContent()).toContain('shelf: kitchen');
  });

  it('finds the passage, marks its words and explains the score', async () => {
    await tab('Search').click();
    await page.getByLabel('Search for').fill('When do neap tides come?');
    await button('Options').click();
    await page.getByLabel('Explain').check();
    await button('Options').click();

    await button('Search').click();
    const first = page.getByRole('list', { name: 'Hits' }).getByRole('listitem').first();
    await first.waitFor();

    expect(await first.textContent()).toContain('quarter moons');
    expect(await first.getByRole('link', { name: 'tides.md' }).count()).toBe(1);
    expect((await first.locator('mark').allTextContents()).map((word) => word.toLowerCase())).toContain(
      'neap',
    );
    await first.getByRole('table', { name: 'How the score came about' }).waitFor();
  });

  it('filters by a field of the metadata and tells a refused filter at its field', async () => {
    await button('Filter').click();
    await button('Add a rule').click();
    await page.getByLabel('Value', { exact: true }).fill('cellar');
    await button('Search').click();
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();

    await page.getByRole('button', { name: /Remove the rule/ }).click();
    await page.getByLabel('Filter as JSON').fill('{"shelff": "kitchen"}');
    await button('Search').click();

    const refusal = page.getByRole('alert').filter({ hasText: 'UNKNOWN_FIELD' });
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain('shelff');
  });

  it('shows a new key once, then revokes it', async () => {
    await open('/api-keys/create');
    await page.getByRole('textbox', { name: 'Name' }).fill('Web shop');
    await button('Create key').click();

    expect(await page.getByTestId('secret').textContent()).toMatch(/^vdb_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}$/);
    await button('I have stored it').click();

    const key = page.getByRole('listitem', { name: 'Web shop' });
    await key.getByText('Active', { exact: true }).waitFor();
    expect(await page.getByTestId('secret').count()).toBe(0);
    await key.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await key.getByText('Revoked', { exact: true }).waitFor();
  });

  it('fits a narrow screen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('/databases');
    await page.getByRole('link', { name: /Field notes/ }).click();
    const base = new URL(page.url()).hash.slice(1);

    const screens: [path: string, shown: Locator][] = [
      ['/databases', page.getByRole('link', { name: /Field notes/ })],
      ['/databases/create', page.getByRole('textbox', { name: 'Name' })],
      [base, page.getByRole('heading', { name: 'Metadata fields' })],
      [`${base}/files`, file('broken.pdf').getByRole('alert')],
      [`${base}/chunks`, page.getByLabel('Chunks of')],
      [`${base}/search`, page.getByLabel('Search for')],
      ['/api-keys', page.getByRole('listitem', { name: 'Web shop' })],
    ];
    const wide: string[] = [];
    for (const [path, shown] of screens) {
      await open(path);
      await shown.waitFor();
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - window.innerWidth',
      );
      if (overflow > 0) wide.push(`${path}: ${overflow} px`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });

    expect(wide).toEqual([]);
  });

  it('deletes a database after its name was typed', async () => {
    await open('/databases');
    await page.getByRole('link', { name: /Field notes/ }).click();
    await button('Delete').click();
    expect(await button('Delete for good').isDisabled()).toBe(true);

    await page.getByLabel(/Type .* to confirm/).fill('Field notes');
    await button('Delete for good').click();

    await page.getByRole('heading', { name: 'Create your first database' }).waitFor();
  });

  it('keeps the session over a reload and ends it on request', async () => {
    await page.reload();
    await page.getByRole('heading', { name: 'Databases' }).waitFor();

    await button('Account').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem('vector-db-session'))).toBeNull();
  });

  it('asks no other host and keeps the content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
