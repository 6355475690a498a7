// What the page shows when something is wrong: a validator that has ended, an Ethereum that is away, a lost connection.

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createPegClient } from '../../relayer/client/peg-client.ts';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { keepPicture, launchBrowser, openPage } from '../helpers/browser.ts';
import { eventually } from '../helpers/eventually.ts';
import { type PageDevnet, startPageDevnet } from '../helpers/page-devnet.ts';
import { Relay } from '../helpers/relay.ts';

describe('dashboard, when something is wrong', () => {
  const relay = new Relay();
  let peg: PageDevnet;
  let browser: Browser;
  before(async function () {
    this.timeout(180_000);
    peg = await startPageDevnet();
    await relay.listen(peg.url);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await relay.close();
    await peg?.close();
  });

  const onPage = async (task: (page: Page) => Promise<void>): Promise<void> => {
    const { page } = await openPage(browser, relay.url);
    try {
      await task(page);
    } finally {
      await page.close();
    }
  };
  const tile = (page: Page, name: string) => page.locator('.tile', { hasText: name }).locator('.value');

  it('says when the connection is lost, recovers by itself, and misses no order meanwhile', async () => {
    const client = createPegClient(peg.url);
    await client.post(stakerWallet(2), textBytes('before'));
    await onPage(async (page) => {
      await page.getByText('Live, as blocks accept them.').waitFor();
      await page.getByRole('cell', { name: 'before' }).waitFor();
      relay.down();
      await page.getByText('not connected', { exact: true }).waitFor();
      await page.locator('.alarm', { hasText: 'The connection to the node is lost' }).waitFor();
      await page.getByText('The stream is not connected.').waitFor();
      await keepPicture(page, 'lost');
      const { id } = await client.post(stakerWallet(0), textBytes('while you were away'));
      relay.up();
      await page.getByText('connected', { exact: true }).waitFor();
      await page.getByText('Live, as blocks accept them.').waitFor();
      await page.getByRole('cell', { name: 'while you were away' }).waitFor();
      expect(await page.getByRole('rowheader', { name: id.slice(0, 10) }).count(), 'once').to.equal(1);
      expect(await page.locator('.alarm').count()).to.equal(0);
    });
  });

  it('tells that Ethereum is away, and that the peg has caught up when it is back', async () => {
    await onPage(async (page) => {
      const final = Number(await tile(page, 'Final block').textContent());
      try {
        peg.ethereum.down();
        await page.getByText(/no new block for \d+ s/).waitFor();
        await keepPicture(page, 'ethereum-away');
      } finally {
        peg.ethereum.up();
      }
      await peg.mine(12);
      await page.locator('.tile .value', { hasText: new RegExp(`^${final + 12}$`) }).waitFor();
      await page.getByText('3 behind the head').waitFor();
    });
  });

  it('shows the alarms of its node while they stand', async () => {
    await onPage(async (page) => {
      const alarm = 'the witness is silent: the head of Ethereum has been block 9 since 2027-01-15T08:00:00.000Z';
      await page.route('**/status', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...((await response.json()) as object), alarms: [alarm] } });
      });
      await page.getByRole('alert').getByText(alarm).waitFor();
      await page.unroute('**/status');
      await page.getByText(alarm).waitFor({ state: 'detached' });
    });
  });

  it('counts the orders of all posters, not only of those it lists', async () => {
    const client = createPegClient(peg.url);
    await eventually('all that was mined is final, and its round adopted', async () => {
      const { ethereum, round } = await client.status();
      const { head, matureEthBlock: final } = ethereum;
      return head !== null && final === head - 3 && round.endsAt > final;
    });
    await client.post(stakerWallet(0), textBytes('counted'));
    const { usage } = (await (await fetch(`${peg.url}/posts`)).json()) as { usage: { orders: number } };
    expect(usage.orders).to.be.above(0);
    await onPage(async (page) => {
      const next = `0x${'ff'.repeat(20)}`;
      await page.route('**/limits?limit=200', (route) => route.fulfill({ json: { limits: {}, next } }));
      await page.getByText('There are more posters').waitFor();
      expect(await tile(page, 'Orders in this round').textContent()).to.equal(`${usage.orders}`);
    });
  });

  it('begins anew when its address belongs to another network', async function () {
    this.timeout(300_000);
    const client = createPegClient(peg.url);
    for (let i = 0; i < 5; i++) await client.post(stakerWallet(0), textBytes(`old ${i}`));
    const other = await startPageDevnet();
    try {
      const heights = await Promise.all([peg, other].map(async ({ url }) => (await createPegClient(url).status()).height));
      expect(heights[0], 'further than the other').to.be.above((heights[1] as number) + 3);
      await onPage(async (page) => {
        await page.getByRole('cell', { name: 'old 4' }).waitFor();
        relay.target = other.url;
        relay.cut();
        await createPegClient(other.url).post(stakerWallet(0), textBytes('new'));
        await page.getByRole('cell', { name: 'new', exact: true }).waitFor();
        await page.getByText('Live, as blocks accept them.').waitFor();
        expect(await page.getByRole('cell', { name: 'old' }).count()).to.equal(0);
        await page.getByRole('button', { name: 'Verify' }).click();
        await page.getByText('Verified', { exact: true }).waitFor();
      });
    } finally {
      relay.target = peg.url;
      relay.cut();
      await other.close();
    }
  });

  it('marks a validator that has ended, while the others go on', async function () {
    // Until 64 blocks of the peg hold votes of the others.
    this.timeout(300_000);
    await onPage(async (page) => {
      const row = (name: string) => page.locator('tr', { has: page.getByRole('rowheader', { name }), hasText: 'ago)' });
      await row('dave').waitFor();
      expect(await row('dave').getAttribute('class')).to.equal(null);
      await peg.devnet.validators.all.find(({ name }) => name === 'dave')?.stop();
      const silent = row('dave').getByText(/silent since peg height \d+/);
      const final = Number(await tile(page, 'Final block').textContent());
      while ((await silent.count()) === 0) {
        await peg.mine(1);
        await page.waitForTimeout(200);
      }
      expect(await row('dave').getAttribute('class')).to.equal('odd');
      expect(Number(await tile(page, 'Final block').textContent()), 'the others go on').to.be.above(final);
      await keepPicture(page, 'dave-ended');
    });
  });
});
