// The dashboard in a real browser on a running devnet: what it shows, on a phone and on a screen, light and dark, and what it
// says when the node is gone. PEG_SCREENSHOTS=DIR keeps pictures.

import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { expect } from 'chai';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { type RunningDevnet, startRunningDevnet } from '../helpers/running-devnet.ts';

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

/** Runs in the page, whose globals are not ours. */
const LAYOUT = `({
  inner: window.innerWidth,
  scroll: document.documentElement.scrollWidth,
  ground: getComputedStyle(document.documentElement).backgroundColor,
})`;

describe('dashboard', () => {
  let devnet: RunningDevnet;
  let browser: Browser;
  before(async function () {
    this.timeout(180_000);
    devnet = await startRunningDevnet();
    browser = await launcher.launch({
      executablePath: await chromium.executablePath(),
      args: FLAGS,
      headless: true,
    });
  });
  after(async () => {
    await browser?.close();
    await devnet?.close();
  });

  /** Opens the page; gives it with every complaint of its console. */
  const open = async (width: number, colorScheme: 'light' | 'dark'): Promise<{ page: Page; complaints: string[] }> => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(devnet.httpUrl);
    await page.getByText('Limits of round').waitFor();
    return { page, complaints };
  };

  for (const width of [390, 1440]) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`shows rounds, votes, limits and validators at ${width} px, ${scheme}`, async () => {
        const { page, complaints } = await open(width, scheme);
        await page.getByText(stakerWallet(2).address.toLowerCase()).waitFor();
        await page.getByText('of 43,471').waitFor();
        for (const name of ['alice', 'bob', 'carol', 'dave'])
          expect(await page.getByRole('rowheader', { name }).count()).to.equal(1);
        expect(await page.locator('.alarm').count()).to.equal(0);
        const { inner, scroll, ground } = await page.evaluate<{ inner: number; scroll: number; ground: string }>(LAYOUT);
        expect(scroll, 'nothing sticks out of the screen').to.be.at.most(inner);
        expect(ground).to.equal(scheme === 'dark' ? 'rgb(18, 22, 28)' : 'rgb(246, 247, 249)');
        if (process.env.PEG_SCREENSHOTS !== undefined) {
          await page.screenshot({ path: join(process.env.PEG_SCREENSHOTS, `${width}-${scheme}.png`), fullPage: true });
        }
        expect(complaints).to.deep.equal([]);
        await page.close();
      });
    }
  }

  it('says when the connection is lost, and recovers by itself', async () => {
    const { page } = await open(800, 'light');
    await page.context().setOffline(true);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).to.include('connection to the node is lost');
    await page.context().setOffline(false);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
  });
});
