// A promise in danger: the alarm comes by itself and is taken; the queue is narrowed and the view kept;
// the map is read as a list; a booking is cancelled for its customer, the fee said first.

import { after, afterEach } from 'node:test';
import { Person, Technician, forward, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

for (const lang of LANGS) {
  journey(`an alarm is taken, and the booking cancelled (${lang})`, async () => {
    const customer = await Person.byPhone();
    const dispatcher = await Dispatcher.arrive({ lang });
    const { page } = dispatcher;
    await dispatcher.signIn();
    const { id, job, reference } = await customer.book();
    await dispatcher.row(job).waitFor();

    // Half of the time to find somebody goes by, and nobody is on shift.
    await forward(8 * 60);
    const feed = page.locator('#alarms');
    await page.locator('.feed-open .count').filter({ hasText: /[1-9]/ }).waitFor();
    await page.locator('.feed-open').click();
    const alarm = feed.locator('.alarm-item').filter({ hasText: reference });
    await alarm.first().waitFor();
    await dispatcher.shoot('alarms');
    await alarm.first().getByRole('button', { name: dispatcher.t('acknowledge') }).click();
    await page.getByText(dispatcher.t('alarm-taken')).first().waitFor();
    await alarm.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');

    // Narrowed to what nobody has, and the view kept under a name.
    await page.keyboard.press('f');
    const filters = page.locator('#filters');
    await filters.waitFor();
    await filters.getByText(dispatcher.t('view-unassigned')).click();
    await dispatcher.field('view-name').fill('Mine');
    await dispatcher.shoot('filters');
    await dispatcher.button('view-save').click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Mine', exact: true }).waitFor();
    await dispatcher.row(job).waitFor();
    await page.getByRole('button', { name: dispatcher.t('view-all'), exact: true }).click();

    // The map's technicians, for whoever does not read maps.
    const technician = await Technician.onShift();
    await dispatcher.button('map-as-list').click();
    await page.getByLabel(dispatcher.t('map-list')).getByRole('cell').first().waitFor();
    await dispatcher.shoot('map-list');
    await dispatcher.button('map-as-list').click();
    await technician.offShift();

    await page.goto(`/admin/bookings/${id}`);
    await page.locator('.booking-head').waitFor();
    await dispatcher.shoot('booking-staff');
    await page.locator('.cancel-open').click();
    const dialog = page.getByRole('dialog', { name: dispatcher.t('cancel-title') });
    await dialog.getByText(dispatcher.t('cancel-returned')).waitFor();
    await dispatcher.shoot('cancel-staff');
    await dialog.getByRole('button', { name: dispatcher.t('cancel-do') }).click();
    await dialog.getByText(dispatcher.t('cancel-reason-missing')).waitFor();
    await dialog.getByRole('textbox').fill('The customer rang');
    await dialog.getByRole('button', { name: dispatcher.t('cancel-do') }).click();
    await page.getByText(dispatcher.t('cancelled')).first().waitFor();
    await dispatcher.leave();
  });
}
