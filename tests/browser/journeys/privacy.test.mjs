// Personal data: what one agreed to, a copy, a correction, the end of the account; and staff who
// answer in time.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach } from 'node:test';
import { forward, Person, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

/** A proof is fresh for five minutes. */
const STALE_S = 301;

for (const lang of LANGS) {
  journey(`a customer sees to their own data (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page, t } = customer;
    const look = (screen) => customer.shoot(screen);
    await customer.go('/sign-in?next=/account');
    await customer.signIn();
    await customer.link('data-title').click();
    await customer.heading('data-title').waitFor();

    // Offers are wanted, and then no more; the rest is only shown.
    const offers = page.getByRole('switch', { name: t('consent-marketing') });
    await offers.waitFor();
    await page.getByText(t('requests-none')).waitFor();
    await look('data');
    assert.equal(await page.getByRole('switch').count(), 1);
    assert.equal(await offers.isChecked(), false);
    await offers.check();
    await page.getByText(t('consent-on')).waitFor();
    await page.reload();
    await offers.waitFor();
    assert.equal(await offers.isChecked(), true);
    await offers.uncheck();
    await page.getByText(t('consent-off')).waitFor();
    await page.getByText(t('consent-stopped')).waitFor();

    // A copy appears by itself once it is gathered. Fetching it wants a fresh proof; declined, it
    // stays where it is.
    await customer.button('copy-ask').click();
    const download = customer.button('copy-download');
    await download.waitFor({ timeout: 90_000 });
    await page.getByText(t('copy-ready')).waitFor();
    await look('data-copy');
    await forward(STALE_S);
    const question = page.getByRole('dialog', { name: t('prove-title') });
    await download.click();
    await question.waitFor();
    await question.getByRole('button', { name: t('prove-not-now') }).click();
    await question.waitFor({ state: 'hidden' });
    const [file] = await Promise.all([
      page.waitForEvent('download', { timeout: 90_000 }),
      customer.prove(() => download.click(), { look }),
    ]);
    assert.match(file.suggestedFilename(), /\.zip$/);
    assert.equal(readFileSync(await file.path()).toString('latin1', 0, 2), 'PK');

    // The end of the account is asked for deliberately, and taken back.
    await customer.link('delete-open').click();
    await customer.heading('delete-title').waitFor();
    await page.getByText(t('against-none')).waitFor();
    await look('delete');
    await customer.button('delete-ask').click();
    const sure = page.getByRole('dialog', { name: t('delete-question') });
    await sure.getByRole('button', { name: t('delete-do') }).click();
    await page.getByText(t('delete-sure-missing')).waitFor();
    await look('delete-question');
    await sure.getByRole('checkbox').check();
    await sure.getByRole('button', { name: t('delete-do') }).click();
    await customer.heading('leaving-title').waitFor();
    assert.equal(await customer.button('delete-ask').count(), 0);
    assert.equal(new URL(page.url()).pathname, '/account/data');
    await look('data-leaving');
    await customer.go('/account/data/delete');
    await customer.heading('leaving-title').waitFor();
    await look('delete-asked');
    await customer.button('delete-keep').click();
    await page.getByText(t('leaving-kept')).waitFor();
    await customer.heading('leaving-title').waitFor({ state: 'detached' });
    await customer.button('delete-ask').waitFor();
    await look('delete-kept');
    await customer.leave();
  });

  journey(`a visit that is not over stands before the end of an account (${lang})`, async () => {
    const person = await Person.byPhone();
    const { id } = await person.book();
    const customer = await Customer.arrive({ lang });
    customer.phone = person.phone;
    await customer.go('/sign-in?next=/account/data/delete');
    await customer.signIn();
    await customer.page.getByText(customer.t('obstacle-booking'), { exact: true }).waitFor();
    await customer.page.getByText(customer.t('against-text')).waitFor();
    await customer.shoot('delete-against');
    await person.post(`/v1/bookings/${id}/cancel`, { reason: '' });
    await customer.leave();
  });

  journey(`a correction is given more time, and answered (${lang})`, async () => {
    const [wrong, reason, answer] =
      lang === 'ar'
        ? ['اسمي في الفاتورة ناقص.\nالصحيح: سارة محمد.', 'نراجع فواتير العام الماضي.', 'صحّحنا اسمك في فواتيرك.']
        : ['My name on the invoice is short.\nIt is Sara Mohammed.', 'We look through last year’s invoices.', 'Your name is right on your invoices now.'];
    const customer = await Customer.arrive({ lang });
    await customer.go('/sign-in?next=/account/data');
    await customer.signIn();
    await customer.button('correction-open').click();
    const form = customer.page.getByRole('dialog', { name: customer.t('correction-dialog') });
    await form.getByRole('button', { name: customer.t('correction-send') }).click();
    await customer.page.getByText(customer.t('correction-missing')).waitFor();
    await form.getByLabel(customer.t('correction-field')).fill(wrong);
    await customer.shoot('correction');
    await form.getByRole('button', { name: customer.t('correction-send') }).click();
    await customer.page.getByText(customer.t('correction-waits')).waitFor();
    await customer.button('request-back').scrollIntoViewIfNeeded();
    await customer.shoot('data-correction');

    // The administrator finds it, reads it, and says why it takes longer.
    const admin = await Dispatcher.arrive({ lang, who: 'admin' });
    const { page, t } = admin;
    await admin.signIn({ path: '/admin/privacy' });
    const row = page.getByRole('row').filter({ hasText: t('request-correction') }).last();
    await row.waitFor();
    await admin.shoot('privacy');
    await row.getByRole('link').click();
    await page.getByText(wrong.split('\n')[1]).waitFor();
    await admin.shoot('privacy-request');
    await admin.button('privacy-extend').click();
    const extend = page.getByRole('dialog', { name: t('privacy-extend-title') });
    await extend.getByRole('button', { name: t('privacy-extend') }).click();
    await page.getByText(t('privacy-text-missing')).waitFor();
    await extend.getByLabel(t('privacy-extend-label')).fill(reason);
    await admin.shoot('privacy-extend');
    await extend.getByRole('button', { name: t('privacy-extend') }).click();
    await page.getByText(t('privacy-extended-toast')).waitFor();
    await page.getByText(reason).waitFor();
    assert.equal(await admin.button('privacy-extend').count(), 0, 'once');

    // An auditor sees the same, and is offered nothing to do.
    const auditor = await Dispatcher.arrive({ lang, who: 'auditor' });
    await auditor.signIn({ path: new URL(page.url()).pathname });
    await auditor.page.getByText(reason).waitFor();
    assert.equal(await auditor.button('privacy-complete').count(), 0);
    await auditor.leave();

    // Then it is corrected, and nothing is left to do.
    await admin.button('privacy-complete').click();
    const complete = page.getByRole('dialog', { name: t('privacy-complete-title') });
    await complete.getByLabel(t('privacy-complete-label')).fill(answer);
    await complete.getByRole('button', { name: t('privacy-complete') }).click();
    await page.getByText(t('privacy-completed-toast')).waitFor();
    await page.getByText(answer).waitFor();
    assert.equal(await admin.button('privacy-refuse').count(), 0);
    await admin.shoot('privacy-answered');
    await page.locator('a.back').click();
    await admin.tab('privacy-ended').click();
    await page.getByRole('row').filter({ hasText: t('request-done') }).first().waitFor();
    await admin.shoot('privacy-ended');
    await admin.leave();

    await customer.page.reload();
    await customer.page.getByText(answer).waitFor();
    await customer.page.getByText(reason).scrollIntoViewIfNeeded();
    await customer.shoot('data-answered');
    await customer.leave();
  });
}
