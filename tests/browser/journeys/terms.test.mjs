// The terms and the privacy notice: read, agreed to before anything else, and anew where they change.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { url } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { journey } from '../lib/journey.mjs';
import { beside } from '../lib/platform.mjs';

/** A process that has the next version of the terms already. */
let newer;
const NEXT = '2027-01';

before(async () => {
  newer = await beside(process.env.BROWSER_DATA, { 'privacy.terms_version': NEXT });
});
after(async () => {
  await newer?.stop();
  await close();
});

/** From now on that process answers about consents. */
async function rollOut(page) {
  await page.route('**/v1/me/consents', (route) =>
    route.continue({ url: route.request().url().replace(url, newer.url) }),
  );
}

/** The consents as the app reads them when it does `what`. */
async function consents(page, what) {
  const [answer] = await Promise.all([
    page.waitForResponse((r) => r.url().endsWith('/v1/me/consents') && r.request().method() === 'GET' && r.ok()),
    what(),
  ]);
  const { items } = await answer.json();
  return Object.fromEntries(items.map((item) => [item.purpose, item]));
}

for (const lang of LANGS) {
  const other = lang === 'ar' ? 'en' : 'ar';

  journey(`a new customer reads, agrees and goes on to book (${lang})`, async () => {
    // A browser that prefers the other language: what counts is what its reader sees.
    const customer = await Customer.arrive({ lang, speaks: other });
    const { page, t } = customer;
    await customer.go('/s/leak-repair');
    await customer.link('service-set-place').click();
    await customer.setPlace();
    await customer.link('service-sign-in').click();
    await customer.link('consent-terms').waitFor();
    await customer.signInAgain();

    await customer.heading('begin-title').waitFor();
    await page.locator('h1:focus').waitFor();
    const agreed = page.getByRole('checkbox', { name: t('begin-agree-both') });
    const offers = page.getByRole('switch', { name: t('consent-marketing') });
    await agreed.waitFor();
    assert.deepEqual([await agreed.isChecked(), await offers.isChecked()], [false, false]);
    await customer.shoot('begin');
    await customer.button('begin-do').click();
    await page.getByText(t('begin-agree-missing')).waitFor();
    await page.locator('input[type=checkbox]:focus').waitFor();
    await customer.shoot('begin-missing');

    // Beside the app, in its language; from there to the other language and the other text.
    const link = customer.link('consent-notice');
    assert.equal(await link.getAttribute('rel'), 'noopener');
    const [text] = await Promise.all([customer.context.waitForEvent('page'), link.click()]);
    await text.getByRole('heading', { level: 1, name: t('consent-notice') }).waitFor();
    assert.equal(await text.evaluate(() => document.documentElement.lang), lang);
    assert.equal(await text.evaluate(() => document.documentElement.dir), lang === 'ar' ? 'rtl' : 'ltr');
    await customer.shoot('legal-notice', text);
    await text.getByRole('link', { name: t('consent-terms'), exact: true }).click();
    await text.getByRole('heading', { level: 1, name: t('consent-terms') }).waitFor();
    await customer.shoot('legal-terms', text);
    await text.locator(`nav a[hreflang=${other}]`).click();
    await text.waitForFunction((code) => document.documentElement.lang === code, other);
    await text.close();

    // By keyboard: ticked with the space bar, sent with Enter.
    await agreed.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await customer.heading('name-title').waitFor();
    await customer.field('name-label').fill(lang === 'ar' ? 'سارة' : 'Sara');
    await customer.button('name-save').click();
    const onward = customer.button('service-continue');
    await page.waitForFunction((button) => !button.disabled, await onward.elementHandle());
    await onward.click();
    await customer.heading('checkout-title').waitFor({ state: 'attached' });

    // On record: both texts, this version, the language that was shown; offers were left alone.
    const known = await consents(page, () => customer.go('/account/data'));
    for (const purpose of ['terms', 'privacy_notice']) {
      const { given, version, current_version: current, lang: read } = known[purpose];
      assert.deepEqual([given, version, read], [true, current, lang], purpose);
    }
    assert.equal(known.marketing.at, undefined);
    await customer.link('consent-terms').waitFor();
    await customer.shoot('data-texts');
    // Whoever has agreed sees nothing of it any more: not for a moment.
    await page.addInitScript(() => {
      globalThis.asked = 0;
      new MutationObserver(() => {
        if (document.querySelector('.page-begin')) globalThis.asked += 1;
      }).observe(document, { childList: true, subtree: true });
    });
    await consents(page, () => customer.go('/account'));
    await customer.button('sign-out').waitFor();
    assert.equal(await page.evaluate(() => globalThis.asked), 0);
    await customer.leave();
  });

  journey(`there is no way round it but out (${lang})`, async () => {
    const customer = await Customer.arrive({
      lang,
      expected: [/Failed to fetch|NetworkError|ERR_INTERNET/],
    });
    const { page, context } = customer;
    await customer.go('/sign-in');
    await customer.signInAgain();
    await customer.heading('begin-title').waitFor();
    for (const path of ['/', '/account', '/pin', '/sign-in?next=/bookings']) {
      await customer.go(path);
      await customer.heading('begin-title').waitFor();
    }
    // Nothing is lost without a network, and nothing is agreed to.
    const box = page.getByRole('checkbox', { name: customer.t('begin-agree-both') });
    await box.check();
    await context.setOffline(true);
    await customer.button('begin-do').click();
    await page.locator('form [role=alert]').waitFor();
    assert.equal(await box.isChecked(), true);
    await customer.shoot('begin-offline');
    await context.setOffline(false);

    await customer.button('sign-out').click();
    await page.waitForURL(/\/$/);
    await customer.go('/bookings');
    await customer.heading('bookings-signed-out-title').waitFor();

    // Back another day: asked as before, wants the offers, and gets where they wanted to go.
    await customer.go('/sign-in?next=/account/data');
    await customer.signInAgain();
    await page.getByRole('switch', { name: customer.t('consent-marketing') }).check();
    await customer.begin();
    await customer.heading('name-title').waitFor();
    await customer.button('name-later').click();
    await customer.heading('data-title').waitFor();
    const known = await consents(page, () => page.reload());
    assert.equal(known.marketing.given, true);
    await page.getByRole('switch', { name: customer.t('consent-marketing'), checked: true }).waitFor();
    await customer.leave();
  });

  journey(`a text that has changed is agreed to anew (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page, t } = customer;
    await customer.go('/sign-in?next=/account');
    await customer.signIn();
    await customer.button('sign-out').waitFor();

    // The app is opened after the roll-out: only what changed is asked, and offers are not.
    await rollOut(page);
    await page.reload();
    await customer.heading('begin-changed-title').waitFor();
    await page.getByText(NEXT).waitFor();
    assert.equal(await page.locator('form a.row').count(), 1);
    assert.equal(await page.getByRole('switch').count(), 0);
    await customer.begin({ agree: 'begin-agree-terms', look: () => customer.shoot('begin-changed') });
    await customer.button('sign-out').waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    const known = await consents(page, () => customer.go('/account/data'));
    assert.equal(known.terms.version, NEXT);
    assert.notEqual(known.privacy_notice.version, NEXT);
    await page.getByText(t('data-intro')).waitFor();
    await customer.leave();
  });

  journey(`a text that changes while it is read is not agreed to unseen (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page } = customer;
    await customer.go('/sign-in?next=/account');
    await customer.signInAgain();
    const box = page.getByRole('checkbox', { name: customer.t('begin-agree-both') });
    await box.check();
    await rollOut(page);
    await customer.button('begin-do').click();
    // Refused; the new version is there, and nothing is ticked for it.
    await page.locator('form a.row').filter({ hasText: NEXT }).waitFor();
    await page.locator('form [role=alert]').waitFor();
    assert.equal(await box.isChecked(), false);
    await customer.shoot('begin-meanwhile');
    await customer.begin();
    await customer.heading('name-title').waitFor();
    await customer.leave();
  });
}
