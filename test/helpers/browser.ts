// Chromium for tests of the page, from a package that brings it, and the page opened in it.

import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';

/** Without the package's own flags: one of them keeps pages and browser in one process, which ends with the first page. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenedPage {
  readonly page: Page;
  /** Errors on its console and exceptions, so far. */
  readonly complaints: readonly string[];
}

export interface OpenOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Generous: other tests share the machine. */
const TIMEOUT_MS = 60_000;

export async function launchBrowser(): Promise<Browser> {
  return launcher.launch({ executablePath: await chromium.executablePath(), args: FLAGS, headless: true });
}

/** Opens the page at `url` and waits until it shows what its node says. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, colorScheme = 'light' }: OpenOptions = {},
): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, locale: 'en-US' });
  page.setDefaultTimeout(TIMEOUT_MS);
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.getByText('Limits of round').waitFor();
  return { page, complaints };
}

/** Keeps a picture of the whole page where PEG_SCREENSHOTS says, if it does. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.PEG_SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
