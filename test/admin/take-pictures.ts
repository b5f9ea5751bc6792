// Takes the pictures of the README: node test/admin/take-pictures.ts. With a folder, it takes every variant into that folder instead.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { startLocalRuntime } from '../support/local-runtime.ts';
import { createDatabase, uploadFile, waitForFile } from '../support/upload.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'docs/images');
const documents = join(root, 'test/samples');
const wide = { width: 1280, height: 860 };
const narrow = { width: 390, height: 844 };
const variants = [
  { suffix: '', viewport: wide, colorScheme: 'light' },
  { suffix: '-dark', viewport: wide, colorScheme: 'dark' },
  { suffix: '-narrow', viewport: narrow, colorScheme: 'light' },
] as const;

const runtime = await startLocalRuntime();
const browser = await launchChromium();
await mkdir(folder, { recursive: true });

async function signIn(page: Page): Promise<void> {
  await page.goto(runtime.endpoints.consoleUrl);
  await page.getByLabel('User name or email').fill(runtime.endpoints.admin.username);
  await page.getByLabel('Password').fill(runtime.endpoints.admin.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
}

async function takePictures(page: Page, suffix: string): Promise<void> {
  const save = async (name: string): Promise<void> => {
    await page.mouse.move(0, 0);
    await delay(700);
    await page.screenshot({ path: join(folder, `${name}${suffix}.png`) });
  };
  await page.goto(`${runtime.endpoints.consoleUrl}#/databases`);
  await page.getByText('Expedition notes').first().waitFor();
  if (suffix !== '' || process.argv[2] !== undefined) await save('databases');
  await page.goto(`${runtime.endpoints.consoleUrl}#/databases/${databaseId}/show`);
  await page.getByRole('tab', { name: 'Files' }).click();
  await page.locator('[data-status="READY"]').first().waitFor();
  await save('files');
  await page.getByRole('tab', { name: 'Search' }).click();
  await page.getByLabel('Search for').fill('when does the harbour open, and what does a sloop pay?');
  await page.getByRole('button', { name: 'Options', exact: true }).click();
  await page.getByLabel('Explain').check();
  await page.getByRole('button', { name: 'Options', exact: true }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('list', { name: 'Hits' }).getByRole('listitem').first().waitFor();
  await save('search');
}

const { id: databaseId } = await createDatabase(runtime, {
  name: 'Expedition notes',
  embedding: { provider: 'local' },
});
for (const name of await readdir(documents)) {
  const bytes = await readFile(join(documents, name)).catch(() => new Uint8Array());
  if (bytes.length === 0) continue;
  await waitForFile(runtime, databaseId, await uploadFile(runtime, { databaseId, name, bytes }), 120_000);
}
for (const { suffix, ...settings } of process.argv[2] === undefined ? variants.slice(0, 1) : variants) {
  const page = await (await browser.newContext({ ...settings, reducedMotion: 'reduce' })).newPage();
  await signIn(page);
  await takePictures(page, suffix);
}
await browser.close();
await runtime.stop();
