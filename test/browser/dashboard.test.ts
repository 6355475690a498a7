// The dashboard in a real browser on a running devnet: what it shows on a phone and on a screen, light and dark, that everybody
// can use it, and what can be done on it. PEG_SCREENSHOTS=DIR keeps pictures.

import axe, { type AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { keepPicture, launchBrowser, type OpenOptions, openPage } from '../helpers/browser.ts';
import { type PageDevnet, startPageDevnet } from '../helpers/page-devnet.ts';

/** Runs in the page, whose globals are not ours. */
const LAYOUT = `({
  inner: window.innerWidth,
  scroll: document.documentElement.scrollWidth,
  ground: getComputedStyle(document.documentElement).backgroundColor,
})`;

const addressOf = (staker: number) => stakerWallet(staker).address.toLowerCase();

describe('dashboard', () => {
  let peg: PageDevnet;
  let browser: Browser;
  before(async function () {
    this.timeout(180_000);
    peg = await startPageDevnet();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await peg?.close();
  });

  /** Runs `task` on an opened page, which must have nothing to complain of but that a request was answered with `refusal`. */
  const onPage = async (
    { refusal, ...options }: OpenOptions & { refusal?: number },
    task: (page: Page) => Promise<void>,
  ): Promise<void> => {
    const { page, complaints } = await openPage(browser, peg.url, options);
    try {
      await task(page);
      expect(complaints.filter((text) => !text.includes(`the server responded with a status of ${refusal}`))).to.deep.equal([]);
    } finally {
      await page.close();
    }
  };

  for (const width of [390, 1440]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`shows rounds, votes, limits and validators at ${width} px, ${colorScheme}, to everybody`, async () => {
        // An Ethereum that has stood still for a minute is an alarm.
        await peg.mine(1);
        await onPage({ width, colorScheme }, async (page) => {
          await page.getByText(addressOf(2)).waitFor();
          await page.getByText(`of ${(await readLimit(peg.url, addressOf(2))).limit} ·`).waitFor();
          for (const name of ['alice', 'bob', 'carol', 'dave'])
            expect(await page.getByRole('rowheader', { name }).count(), name).to.equal(2);
          await page.getByRole('form', { name: 'Post order' }).waitFor();
          await page.locator('.chart canvas').waitFor();
          await page.locator('.alarm').waitFor({ state: 'detached' });
          const layout = await page.evaluate<{ inner: number; scroll: number; ground: string }>(LAYOUT);
          expect(layout.scroll, 'nothing sticks out of the screen').to.be.at.most(layout.inner);
          expect(layout.ground).to.equal(colorScheme === 'dark' ? 'rgb(18, 22, 28)' : 'rgb(246, 247, 249)');
          await page.evaluate(axe.source);
          const { violations } = await page.evaluate<AxeResults>('axe.run()');
          const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
          expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).to.deep.equal([]);
          await keepPicture(page, `${width}-${colorScheme}`);
        });
      });
    }
  }

  it('takes nothing from anywhere else, and no script or style but its own files', async () => {
    const { headers } = await fetch(peg.url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).to.include("default-src 'none'").and.to.include("style-src 'self';").and.to.include("script-src 'self';");
    await onPage({}, async (page) => {
      const foreign: string[] = [];
      page.on('request', (request) => request.url().startsWith(peg.url) || foreign.push(request.url()));
      await page.reload();
      await page.locator('.chart canvas').waitFor();
      expect(foreign.filter((url) => !url.startsWith('data:'))).to.deep.equal([]);
    });
  });

  it('posts orders until the limit is used up, with the keyboard alone', async () => {
    await onPage({ refusal: 429 }, async (page) => {
      const form = page.getByRole('form', { name: 'Post order' });
      const payload = form.getByLabel('Payload');
      const outcome = form.getByRole('status');
      const { limit } = await readLimit(peg.url, addressOf(0));
      expect(limit, 'a limit to use up').to.be.above(2);
      for (let count = 1; count <= limit; count++) {
        await payload.fill(`{"size":${count}}`);
        await payload.press('Tab');
        await page.keyboard.press('Enter');
        await page.getByRole('cell', { name: `{"size":${count}}`, exact: true }).waitFor();
      }
      await page.getByText(`${limit} of ${limit} ·`).waitFor();
      await payload.fill('{"size":"one too many"}');
      await payload.press('Tab');
      await page.keyboard.press('Enter');
      await outcome.getByText(/^Refused: .*limit/).waitFor();
      expect(await page.getByRole('cell', { name: 'one too many' }).count()).to.equal(0);
      await keepPicture(page, 'used-up');
    });
  });

  it('stakes for a newcomer, who gets a limit', async () => {
    await onPage({}, async (page) => {
      expect(await page.locator('.shares').getByText(addressOf(4)).count()).to.equal(0);
      const form = page.getByRole('form', { name: 'Stake or remove' });
      await form.locator('[name=staker]').selectOption('4');
      await form.getByLabel('Amount').fill('700000');
      await form.getByRole('button').click();
      await form.getByText(/In Ethereum block \d+/).waitFor();
      const share = page.locator('.shares').getByText(addressOf(4));
      while ((await share.count()) === 0) {
        await peg.mine(1);
        await page.waitForTimeout(200);
      }
      await keepPicture(page, 'newcomer');
    });
  });

  it('refuses to remove more than is staked, in words', async () => {
    await onPage({ refusal: 409 }, async (page) => {
      const form = page.getByRole('form', { name: 'Stake or remove' });
      await form.locator('[name=action]').selectOption('remove');
      await form.getByLabel('Amount').fill('999999999999');
      await form.getByRole('button').click();
      await form.getByText(/staker 0 has 451736 staked and cannot remove 999999999999/).waitFor();
    });
  });

  it('verifies a balance and an absent limit in the browser, from the first header it saw', async () => {
    await onPage({}, async (page) => {
      const form = page.getByRole('form', { name: 'Verify' });
      await form.getByLabel('Address').fill(addressOf(0));
      await form.getByRole('button').click();
      await page.getByText('451736 base units staked').waitFor();
      await page.getByText(/by [34] of 4 validators with [34] of 4 power/).waitFor();
      const header = await form.getByLabel('Trusted height').inputValue();
      await page.getByText(`from block ${header}`).waitFor();
      await form.locator('[name=kind]').selectOption('limit');
      await form.getByLabel('Address').fill(`0x${'ab'.repeat(20)}`);
      await form.getByRole('button').click();
      await page.getByText('no limit in this round: proved absent').waitFor();
      await keepPicture(page, 'verified');
    });
  });

  it('believes nothing from another header than the trusted one, nor a changed record', async () => {
    await onPage({}, async (page) => {
      const form = page.getByRole('form', { name: 'Verify' });
      const hash = form.getByLabel('Trusted header hash');
      await form.getByLabel('Trusted height').and(page.locator('[value]:not([value=""])')).waitFor();
      const right = await hash.inputValue();
      await hash.fill(`0x${'00'.repeat(32)}`);
      await form.getByRole('button').click();
      await page.getByText(/Not verified. TRUSTED_HASH_DIFFERS/).waitFor();
      await page.route('**/proof/balance/*', async (route) => {
        const response = await route.fetch();
        const document = (await response.json()) as { value: string };
        const last = document.value.endsWith('1') ? '2' : '1';
        await route.fulfill({ response, json: { ...document, value: `${document.value.slice(0, -1)}${last}` } });
      });
      await hash.fill(right);
      await form.getByLabel('Address').fill(addressOf(0));
      await form.getByRole('button').click();
      await page.getByText(/Not verified. PROOF_INVALID/).waitFor();
    });
  });
});

async function readLimit(url: string, address: string): Promise<{ limit: number }> {
  const { orderLimit } = (await (await fetch(`${url}/limits/${address}`)).json()) as { orderLimit: number };
  return { limit: orderLimit };
}
