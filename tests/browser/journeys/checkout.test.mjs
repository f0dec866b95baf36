// What goes otherwise at the checkout: the bank says no, and the next card is tried; the place is
// outside; the booking is cancelled.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { CARDS } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { journey } from '../lib/journey.mjs';

after(close);

for (const lang of LANGS) {
  journey(`a declined card, then another, then a change of mind (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page } = customer;
    await customer.toCheckout();
    await customer.typeCard(CARDS.declined);
    await customer.button('checkout-book').click();
    // Some banks ask first and decline afterwards.
    const bank = page.locator('button[name=decision][value=approve]');
    const alert = page.getByRole('alert').filter({ hasText: /./ });
    await bank.or(alert).first().waitFor();
    if (await bank.isVisible()) await bank.click();
    await alert.first().waitFor();
    await customer.shoot('declined');

    await customer.typeCard(CARDS.frictionless);
    await customer.button('pay-again').or(customer.button('checkout-book')).first().click();
    const booking = await customer.booked();
    await customer.heading('head-looking').waitFor();

    // The fee is said before the question is answered.
    await customer.button('cancel-open').click();
    await customer.button('cancel-do').waitFor();
    assert.match(await page.getByRole('dialog').innerText(), customer.t('cancel-free'));
    await customer.shoot('cancel');
    await customer.button('cancel-do').click();
    await customer.heading('head-cancelled').waitFor();
    await customer.shoot('track-cancelled');

    // The card was kept, and is offered the next time.
    await customer.go('/account');
    await page.getByText('5430').waitFor();
    await customer.go(`/b/${booking}`);
    await customer.heading('head-cancelled').waitFor();
    await customer.leave();
  });

  journey(`a place outside our zones is refused kindly (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    await customer.context.setGeolocation({ latitude: 24.4, longitude: 46.4 });
    await customer.go('/pin');
    await customer.button('pin-locate').click();
    await customer.heading('pin-outside-title').waitFor();
    await customer.shoot('pin-outside');
    await customer.page.getByRole('button', { name: customer.t('pin-go-to') }).click();
    await customer.button('pin-confirm').waitFor();
    await customer.leave();
  });

  journey(`an address that nothing is at (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    await customer.go('/nothing/here');
    await customer.heading('not-found-title').waitFor();
    await customer.shoot('not-found');
    await customer.go('/bookings');
    await customer.heading('bookings-signed-out-title').waitFor();
    await customer.shoot('bookings-signed-out');
    await customer.leave();
  });
}
