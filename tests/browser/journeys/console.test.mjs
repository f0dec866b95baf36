// The console: assigning by hand, keys, who else is there, a restricted scope; and the gallery.

import { after, afterEach } from 'node:test';
import { Person, Technician, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

for (const lang of LANGS) {
  journey(`the gallery shows every component (${lang})`, async () => {
    const dispatcher = await Dispatcher.arrive({ lang });
    await dispatcher.signIn({ path: '/admin/gallery' });
    await dispatcher.page.locator('.gallery-page').waitFor();
    await dispatcher.shoot('gallery');
    await dispatcher.leave();
  });

  journey(`a dispatcher assigns by hand, with a reason (${lang})`, async () => {
    const customer = await Person.byPhone();
    const technician = await Technician.onShift();
    const dispatcher = await Dispatcher.arrive({ lang });
    const { page } = dispatcher;
    await dispatcher.signIn();
    const { id, job } = await customer.book();
    await dispatcher.row(job).waitFor();
    await dispatcher.row(job).click();
    await dispatcher.tab('tab-candidates').click();
    const choose = page.getByRole('button', { name: dispatcher.t('assign-to') }).first();
    await choose.waitFor();
    await dispatcher.shoot('console-candidates');
    await page.locator('#assign-reason').selectOption({ index: 1 });
    await choose.click();
    await page.getByText(dispatcher.t('assigned-to')).first().waitFor();
    await technician.reached(job, 'assigned');

    // A colleague on the same job is seen.
    const colleague = await Dispatcher.arrive({ lang, who: 'operations' });
    await colleague.signIn();
    await colleague.row(job).click();
    await dispatcher.row(job).click();
    await page.getByText(dispatcher.t('also-here')).first().waitFor({ timeout: 30_000 });
    await colleague.leave();

    // Keys: the list of them, the palette, and down the queue.
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await dispatcher.shoot('console-keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await dispatcher.shoot('console-palette');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });

    await customer.post(`/v1/bookings/${id}/cancel`, { reason: '' });
    await dispatcher.row(job).waitFor({ state: 'detached' });
    await page.goto('/admin/bookings');
    await page.locator('table').first().waitFor();
    await dispatcher.shoot('bookings-staff');
    await page.goto('/admin/profile');
    await page.getByText(dispatcher.t('profile-language')).first().waitFor();
    await dispatcher.shoot('profile-staff');
    await dispatcher.leave();
  });
}

journey('a dispatcher of one zone sees only that zone', async () => {
  const customer = await Person.byPhone();
  const everywhere = await Dispatcher.arrive({ lang: 'en' });
  const north = await Dispatcher.arrive({ lang: 'en', who: 'north' });
  await everywhere.signIn();
  await north.signIn();
  const booking = await customer.book();
  await everywhere.row(booking.job).waitFor();
  // The same news has gone to both: what is not there now will not come.
  if (await north.row(booking.job).count()) throw new Error('the north sees a job in the middle');
  await customer.post(`/v1/bookings/${booking.id}/cancel`, { reason: '' });
  await everywhere.row(booking.job).waitFor({ state: 'detached' });
  await north.leave();
  await everywhere.leave();
});
