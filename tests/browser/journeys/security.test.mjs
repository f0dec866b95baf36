// One's own account: where it is open, its second factor, its password; the proof that it is oneself.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { forward, PASSWORD, STAFF, totp, until } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Customer } from '../lib/customer.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);

/** What the moderator signs in with, as it changes. */
let [, secret] = STAFF.moderator;
let password = PASSWORD;

/** A second factor is fresh for five minutes. */
const STALE_S = 301;

async function atTheDoor(lang) {
  const moderator = await Dispatcher.arrive({ lang, who: 'moderator' });
  Object.assign(moderator, { secret, password });
  return moderator;
}

/** How many commands of that address the page has sent, with their keys. */
function heard(page, path) {
  const requests = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === path && request.method() === 'POST') requests.push(request);
  });
  return requests;
}

for (const lang of LANGS) {
  journey(`a moderator keeps their account safe (${lang})`, async () => {
    const elsewhere = await atTheDoor(lang);
    await elsewhere.signIn();
    const moderator = await atTheDoor(lang);
    const { page, t } = moderator;
    await moderator.signIn({ path: '/admin/profile' });
    await page.getByRole('link', { name: t('security-title') }).click();
    const devices = page.locator('.devices .row');
    await devices.nth(1).waitFor();
    await page.getByText(t('kept-left')).waitFor();
    await moderator.shoot('security');

    // The other device is out, and sees it with its next request.
    const before = await devices.count();
    await page.getByRole('button', { name: t('device-end-of') }).first().click();
    await page.getByText(t('device-ended')).waitFor();
    await until('one device less', async () => (await devices.count()) === before - 1);
    await elsewhere.page.reload();
    await elsewhere.page.locator('.door').waitFor();
    await elsewhere.leave();

    // What wants a fresh second factor asks for it once. Declined, everything is as it was.
    await forward(STALE_S);
    const sent = heard(page, '/v1/me/recovery-codes');
    const question = page.getByRole('dialog', { name: t('step-up-title') });
    const renew = page.getByRole('dialog', { name: t('kept-renew-title') });
    await moderator.button('kept-renew').click();
    await renew.waitFor();
    await moderator.shoot('codes-renew');
    await renew.getByRole('button', { name: t('kept-renew-do') }).click();
    await question.waitFor();
    await moderator.shoot('step-up');
    await question.getByRole('button', { name: t('step-up-not-now') }).click();
    await question.waitFor({ state: 'hidden' });
    assert.equal(sent.length, 1, 'nothing was sent again');
    assert.equal(await page.locator('.kept').count(), 0);
    await renew.getByRole('button', { name: t('kept-renew-do') }).click();
    await question.waitFor();
    // A wrong code is answered at the field; what follows is typed without reaching for the mouse.
    await page.locator('.otp input:focus').waitFor();
    await page.keyboard.type('000000');
    await question.locator('.field.bad').waitFor();
    await page.locator('.otp input:focus').waitFor();
    await page.keyboard.type(await totp(secret));
    await question.waitFor({ state: 'hidden' });
    const codes = page.locator('.kept code');
    await codes.nth(9).waitFor();
    assert.equal(sent.length, 3, 'refused, refused, and then done');
    await moderator.shoot('codes-new');
    const [file] = await Promise.all([page.waitForEvent('download'), moderator.button('save-file').click()]);
    assert.equal(file.suggestedFilename(), 'khidma-recovery-codes.txt');
    const kept = await codes.first().innerText();
    await moderator.button('kept-done').click();
    await page.locator('.kept').waitFor({ state: 'detached' });

    // Another app: its secret as text, its first code, and codes that go with it. The proof of before
    // still counts.
    await moderator.button('app-another').click();
    await page.locator('.enrol .qr').waitFor();
    await moderator.shoot('enrol');
    const another = (await page.locator('.secret').innerText()).replaceAll(' ', '');
    await page.locator('.enrol').getByLabel(t('enrol-code'), { exact: true }).fill(await totp(another));
    await page.getByText(t('app-changed')).waitFor();
    secret = another;
    await moderator.button('kept-done').click();

    // A new password: its rules, a mistake at its field, and the change.
    const next = `${password} of ${lang}`;
    await moderator.field('password-current').fill(password);
    await moderator.field('password-new').fill('too short');
    await moderator.button('password-do').click();
    await page.getByText(t('password-short')).waitFor();
    await moderator.field('password-new').fill(next);
    await moderator.field('password-current').fill('not this one');
    await moderator.button('password-do').click();
    await page.locator('.field.bad').waitFor();
    await moderator.shoot('password');
    await moderator.field('password-current').fill(password);
    await moderator.button('password-do').click();
    await page.getByText(t('password-changed')).waitFor();
    password = next;

    // The codes of before are dead with the app they stood in for; the new password opens the door.
    await page.getByRole('link', { name: t('nav-profile') }).first().click();
    await moderator.button('sign-out').click();
    await page.locator('.door').waitFor();
    await moderator.field('sign-in-email').fill(moderator.email);
    await moderator.field('sign-in-password').fill(password);
    await moderator.button('use-kept-code').click();
    await moderator.field('kept-code').fill(kept);
    await moderator.shoot('sign-in-kept');
    await page.getByRole('button', { name: t('sign-in'), exact: true }).click();
    await page.getByRole('alert').waitFor();
    await moderator.button('use-app-code').click();
    await moderator.field('app-code').fill(await totp(secret));
    await page.getByRole('button', { name: t('sign-in'), exact: true }).click();
    await page.locator('.desk').waitFor();
    await moderator.leave();
  });

  journey(`a customer sees their devices and ends the others (${lang})`, async () => {
    const customer = await Customer.arrive({ lang });
    const { page, t } = customer;
    await customer.go('/sign-in?next=/account');
    await customer.signIn();
    const devices = page.locator('.devices .row');
    await devices.first().waitFor();
    assert.equal(await devices.count(), 1);

    const other = await Customer.arrive({ lang });
    other.phone = customer.phone;
    await other.go('/sign-in?next=/account');
    await other.signInAgain();
    await other.page.locator('.devices .row').nth(1).waitFor();

    await page.reload();
    await devices.nth(1).waitFor();
    await devices.first().scrollIntoViewIfNeeded();
    await customer.shoot('devices');
    await customer.button('devices-end-others').click();
    const dialog = page.getByRole('dialog', { name: t('devices-end-title') });
    await dialog.waitFor();
    await customer.shoot('devices-end');
    await dialog.getByRole('button', { name: t('devices-end-do') }).click();
    await page.locator('.toast').getByText(t('devices-ended')).waitFor();
    await until('one device', async () => (await devices.count()) === 1);
    await other.page.reload();
    await other.link('sign-in-action').waitFor({ timeout: 30_000 });
    await other.leave();
    await customer.leave();
  });
}
