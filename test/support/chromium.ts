import { existsSync } from 'node:fs';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import type { Browser } from 'playwright-core';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Keeps the browser from looking for updates and the like: tests need no network. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
];

/** Starts a browser: the one that CHROMIUM names, else the packaged one, else the system's. */
export async function launchChromium(): Promise<Browser> {
  const named = process.env['CHROMIUM'];
  if (named) return playwright.launch({ executablePath: named, args: QUIET });
  try {
    return await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: [...withoutSingleProcess(chromium.args), ...QUIET],
    });
  } catch (error) {
    const installed = INSTALLED.find((path) => existsSync(path));
    if (!installed)
      throw new Error('No browser starts: set CHROMIUM to the path of one, or install Chromium.', {
        cause: error,
      });
    return playwright.launch({ executablePath: installed, args: QUIET });
  }
}

/** A single process dies as a whole with one page, which a Lambda wants and a test does not. */
function withoutSingleProcess(args: string[]): string[] {
  return args.filter((argument) => argument !== '--single-process' && argument !== '--no-zygote');
}
