// During the visit: an extra cost with its receipt, a connection that goes and comes back, and a
// second tab of the same reader.

import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { CARDS, Technician, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

for (const lang of LANGS) {
  journey(`an extra cost is seen with its receipt and approved (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page } = customer;
    const job = await customer.jobOf(await customer.book());
    const technician = await Technician.onShift();
    await technician.accept(job);
    await technician.depart(job);
    await technician.arrive(job);
    await technician.askForExtra(job);

    await customer.button('extra-review').waitFor();
    await customer.shoot('extra-asked');
    await customer.button('extra-review').click();
    await page.getByAltText(customer.t('extra-photo-alt')).waitFor();
    await customer.shoot('extra-decide');
    // The saved card is chosen already.
    await page.getByRole('button', { name: customer.t('extra-approve') }).click();
    await page.getByText(customer.t('extra-approved-toast')).waitFor();
    await technician.reached(job, 'in_progress');
    await technician.finish(job);
    await customer.button('accept-work').click();
    await customer.heading('head-done').waitFor();
    await customer.leave();
  });
}

journey('offline in the middle, and back', async () => {
  const customer = await Customer.arrive({ expected: [/Failed to fetch|NetworkError|ERR_INTERNET/] });
  const { page, context } = customer;
  const job = await customer.jobOf(await customer.book());
  await customer.heading('head-looking').waitFor();
  // The shell is kept from now on.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

  await context.setOffline(true);
  await page.locator('.offline').first().waitFor();
  await customer.shoot('offline');
  // What was seen is still there, and so is the app itself after a reload.
  await customer.heading('head-looking').waitFor();
  await page.reload();
  await page.locator('#app > .root').waitFor();

  // Meanwhile the world goes on; when the connection is back it is caught up with.
  const technician = await Technician.onShift();
  await technician.accept(job);
  await context.setOffline(false);
  await customer.heading('head-assigned').waitFor();
  await page.locator('.offline').first().waitFor({ state: 'hidden' });
  await technician.depart(job);
  await page.locator('.eta-time').waitFor();
  await technician.arrive(job);
  await technician.finish(job);
  await customer.button('accept-work').click();
  await customer.heading('head-done').waitFor();
  await customer.leave();
});

journey('what happens between the first look and the first news is not missed', async () => {
  const customer = await Customer.arrive();
  const technician = await Technician.onShift();
  const booking = await customer.book();
  const job = await customer.jobOf(booking);
  await customer.heading('head-looking').waitFor();
  // The page is opened again, and its stream is slow in coming.
  let open;
  const held = new Promise((done) => (open = done));
  await customer.page.route('**/v1/live', async (route) => {
    await held;
    await route.continue();
  });
  await customer.go(`/b/${booking}`);
  await customer.heading('head-looking').waitFor();
  await technician.accept(job);
  open();
  await customer.heading('head-assigned').waitFor();
  await customer.leave();
});

journey('a second tab follows, and signing out is for both', async () => {
  const customer = await Customer.arrive({ lang: 'en' });
  const first = customer.page;
  const booking = await customer.book('leak-repair', CARDS.frictionless);
  const second = await customer.newPage();
  await customer.go(`/b/${booking}`, second);
  await customer.heading('head-looking', second).waitFor();

  await customer.button('cancel-open').click();
  await customer.button('cancel-do').click();
  for (const page of [first, second]) {
    await customer.heading('head-cancelled', page).waitFor();
  }
  await customer.go('/account');
  await customer.button('sign-out').click();
  await customer.heading('sign-in-title', second).waitFor();
  await customer.leave();
});

journey('a link with a secret is not kept as the page of the app', async () => {
  const customer = await Customer.arrive({ lang: 'en' });
  const { page } = customer;
  await customer.go('/');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  const other = await customer.newPage();
  const kept = () =>
    page.evaluate(async () => {
      const pages = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const answer = await cache.match(request);
          if (answer.headers.get('Content-Type')?.startsWith('text/html')) pages.push(await answer.text());
        }
      }
      return pages;
    });
  assert.equal((await kept()).length, 1);
  for (const path of ['/reset', '/enrol']) {
    await other.goto(`${path}?token=secret_of_a_link`);
    // The form itself, not the app.
    await other.locator('input[type=hidden][value=secret_of_a_link]').waitFor({ state: 'attached' });
    for (const html of await kept()) assert.ok(!html.includes('secret_of_a_link'));
  }
  await customer.leave();
});
