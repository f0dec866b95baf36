// The main job, from both sides: a customer books on a phone, a dispatcher watches it live, a
// technician does the work. In Arabic and in English.

import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { CARDS, Technician, rest } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);
afterEach(rest);

for (const lang of LANGS) {
  journey(`a booking from the first look to the receipt (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page } = customer;
    const look = (screen) => customer.shoot(screen);
    const dispatcher = await Dispatcher.arrive({ lang });
    await dispatcher.signIn({ look: (screen) => dispatcher.shoot(screen) });

    await customer.go('/');
    await page.getByRole('link', { name: /./ }).and(page.locator('a.svc')).first().waitFor();
    await look('home');

    // Found in the reader's language, then to its screen.
    await customer.field('search-label').fill(lang === 'ar' ? 'تسريب' : 'leak');
    const found = page.locator('a[href="/s/leak-repair"]').first();
    await found.waitFor();
    await look('search');
    await found.click();

    await customer.link('service-set-place').waitFor();
    await look('service-unsigned');
    await customer.link('service-set-place').click();
    await customer.setPlace({ note: lang === 'ar' ? 'الباب الأزرق' : 'The blue door', look });
    await customer.link('service-sign-in').click();
    await customer.signIn({ look });
    const onward = customer.button('service-continue');
    await page.waitForFunction((button) => !button.disabled, await onward.elementHandle());
    await look('service');
    await onward.click();

    // The bank asks who it is, and sends the reader back.
    await customer.heading('checkout-title').waitFor({ state: 'attached' });
    await look('checkout');
    await customer.typeCard(CARDS.challenge);
    await customer.button('checkout-book').click();
    await customer.atTheBank('approve');
    const booking = await customer.booked();
    await customer.heading('head-looking').waitFor();
    await look('track-looking');

    // The dispatcher has seen it come, without asking again.
    const job = await customer.jobOf(booking);
    const technician = await Technician.onShift();
    await technician.accept(job);
    await dispatcher.row(job).waitFor();
    await dispatcher.shoot('console');
    await dispatcher.row(job).click();
    await dispatcher.pane().getByRole('heading').first().waitFor();
    await dispatcher.tab('tab-story').click();
    await dispatcher.shoot('console-story');
    await dispatcher.tab('tab-price').click();
    await dispatcher.shoot('console-price');
    await dispatcher.tab('tab-people').click();
    await dispatcher.shoot('console-people');

    // And the customer sees the technician come.
    await technician.depart(job);
    await page.locator('.eta-time').waitFor();
    await look('track-en-route');
    await technician.arrive(job);
    await customer.heading('head-working').waitFor();
    await look('track-working');
    await technician.finish(job);
    await customer.heading('head-acceptance').waitFor();
    await look('track-acceptance');
    const code = await page.locator('.code-card .code').innerText();
    assert.match(code.replace(/\s/g, ''), /^\d{4}$/);
    await technician.acceptedWith(job, code.replace(/\s/g, ''));

    // The star itself, once it stands still: what was above it goes as the visit is over.
    await page.locator('.stars.pick label').nth(4).click();
    await page.getByRole('radio', { checked: true }).waitFor({ state: 'attached' });
    await look('rating');
    await customer.button('rate-send').click();
    await customer.heading('rate-given').waitFor();
    await look('track-done');
    await customer.link('receipt-link').click();
    await page.locator('.qr-figure').waitFor();
    await look('receipt');

    await customer.go('/bookings');
    await page.locator(`a[href="/b/${booking}"]`).waitFor();
    await look('bookings');
    await customer.go('/account');
    await customer.button('sign-out').waitFor();
    await look('account');

    // The job has left the queue by itself.
    await dispatcher.row(job).waitFor({ state: 'detached' });
    await dispatcher.leave();
    await customer.leave();
  });
}
