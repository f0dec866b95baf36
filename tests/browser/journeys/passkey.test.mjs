// A passkey in place of the code: made for the account, then the console is entered with it. Chromium
// brings an authenticator of its own. Keys know names only, so the platform is met as `localhost`.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { forward, PASSWORD, STAFF, Staff, url } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);

const named = url.replace('127.0.0.1', 'localhost');

/** An authenticator in this page's browser that knows its holder. */
async function withAuthenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  return { devtools, authenticatorId };
}

/** What the browser makes of the server's options. */
const make = (page, options) =>
  page.evaluate(async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return (await navigator.credentials.create({ publicKey })).toJSON();
  }, options);

journey('the console is entered with a passkey', async () => {
  const dispatcher = await Dispatcher.arrive({ lang: 'en' });
  const { page } = dispatcher;
  await dispatcher.go(`${named}/admin/`);
  const { devtools, authenticatorId } = await withAuthenticator(page);

  // Who seldom signs in: tries are counted, and the other journeys have theirs.
  const [email] = STAFF.north;
  const staff = new Staff(...STAFF.north);
  await staff.signIn();
  const asked = await staff.post('/v1/me/passkeys/options');
  const credential = await make(page, asked.options);
  const key = await staff.post('/v1/me/passkeys', {
    challenge: asked.challenge,
    name: `Journey ${randomUUID()}`,
    credential,
  });

  await dispatcher.field('sign-in-email').fill(email);
  await dispatcher.field('sign-in-password').fill('not the password');
  await dispatcher.button('sign-in-passkey').click();
  await page.getByRole('alert').waitFor();
  await dispatcher.field('sign-in-password').fill(PASSWORD);
  await dispatcher.shoot('admin-sign-in-passkey');
  await dispatcher.button('sign-in-passkey').click();
  await page.locator('.desk').waitFor();
  const { items } = await staff.get('/v1/me/passkeys');
  assert.ok(items.find(({ id }) => id === key.id).last_used_at);

  await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  await dispatcher.leave();
});

for (const lang of LANGS) {
  journey(`passkeys are kept on the security page, and prove who asks (${lang})`, async () => {
    const manager = await Dispatcher.arrive({ lang, who: 'operations' });
    const { page, t } = manager;
    await manager.go(`${named}/admin/`);
    await withAuthenticator(page);
    await manager.signIn({ path: `${named}/admin/profile/security` });
    await page.getByText(t('passkeys-none')).waitFor();
    const name = lang === 'ar' ? 'حاسوب العمل' : 'Laptop at work';
    await manager.button('passkey-add').click();
    const adding = page.getByRole('dialog', { name: t('passkey-add-title') });
    await adding.getByRole('button', { name: t('passkey-add-do') }).click();
    await page.getByText(t('passkey-name-missing')).waitFor();
    await manager.shoot('passkey-add');
    await adding.getByLabel(t('passkey-name'), { exact: true }).fill(`${name} 1`);
    await adding.getByRole('button', { name: t('passkey-add-do') }).click();
    await page.getByText(t('passkey-added')).waitFor();
    const row = page.locator('.passkeys .row');
    await row.waitFor();

    await row.getByRole('button', { name: t('passkey-rename') }).click();
    const naming = page.getByRole('dialog', { name: t('passkey-rename-title') });
    await naming.getByLabel(t('passkey-name'), { exact: true }).fill(name);
    await naming.getByRole('button', { name: t('passkey-rename-do') }).click();
    await row.getByText(name, { exact: true }).waitFor();
    await row.scrollIntoViewIfNeeded();
    await manager.shoot('passkeys');

    // Removing it wants a fresh proof: the key itself is one.
    await forward(301);
    await row.getByRole('button', { name: t('passkey-remove') }).click();
    const removing = page.getByRole('dialog', { name: t('passkey-remove-title') });
    await removing.getByRole('button', { name: t('passkey-remove-do') }).click();
    const question = page.getByRole('dialog', { name: t('step-up-title') });
    await question.getByRole('button', { name: t('sign-in-passkey') }).waitFor();
    await manager.shoot('step-up-passkey');
    await question.getByRole('button', { name: t('sign-in-passkey') }).click();
    await page.getByText(t('passkeys-none')).waitFor();
    await manager.leave();
  });
}
