// What lies beside the main way: a category, a visit at a chosen hour, a place that is kept, and a
// telephone that is carried from one language to the other.

import { after, afterEach } from 'node:test';
import { CARDS, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

for (const lang of LANGS) {
  journey(`a visit at a chosen hour, to a place that is kept (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page } = customer;
    await customer.go('/c/plumbing');
    const service = page.locator('a[href="/s/leak-repair"]').first();
    await service.waitFor();
    await customer.shoot('category');
    await service.click();

    await customer.link('service-set-place').click();
    await customer.setPlace();
    await customer.link('service-sign-in').click();
    await customer.signIn();
    await page.getByRole('radio', { name: customer.t('when-slot') }).check({ force: true });
    const hours = page.locator('.hours').getByRole('radio');
    await hours.first().waitFor({ state: 'attached' });
    await page.locator('.days').getByRole('radio').nth(2).check({ force: true });
    await hours.nth(1).check({ force: true });
    const onward = customer.button('service-continue');
    await page.waitForFunction((button) => !button.disabled, await onward.elementHandle());
    await customer.shoot('service-slot');
    await onward.click();
    await customer.heading('checkout-title').waitFor({ state: 'attached' });
    await customer.typeCard(CARDS.frictionless);
    await customer.button('checkout-book').click();
    const booking = await customer.booked();
    await customer.heading('head-scheduled').waitFor();
    await customer.shoot('track-scheduled');

    // The place gets a name, and is there the next time.
    await customer.go('/account');
    await customer.link('account-add-place').click();
    await customer.button('pin-locate').click();
    await customer.button('pin-confirm').waitFor();
    await page.getByRole('checkbox', { name: customer.t('pin-keep') }).check({ force: true });
    await page.getByRole('button', { name: customer.t('label-home'), exact: true }).click();
    await customer.shoot('place-keep');
    await customer.button('pin-confirm').click();
    await page.locator('.row .t').filter({ hasText: customer.t('label-home') }).waitFor();
    await customer.shoot('account-place');
    await page.getByText('5430').waitFor();
    await page.getByRole('button', { name: customer.t('remove-it') }).last().click();
    await page.getByText(customer.t('account-no-cards')).waitFor();

    // In the other language everything is still there, and reads the other way.
    const other = lang === 'ar' ? 'en' : 'ar';
    await page.locator('input[name=language]').nth(other === 'ar' ? 0 : 1).check({ force: true });
    await page.waitForFunction((code) => document.documentElement.lang === code, other);
    await page.waitForFunction((dir) => document.documentElement.dir === dir, other === 'ar' ? 'rtl' : 'ltr');
    await customer.go(`/b/${booking}`);
    await page.locator('.app, main').first().waitFor();
    await customer.leave();
  });
}
