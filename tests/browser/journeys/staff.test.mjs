// Accounts of staff: an administrator invites a colleague, changes what they may do, and ends it.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { forward, totp } from '../lib/api.mjs';
import { close, LANGS } from '../lib/browser.mjs';
import { Dispatcher } from '../lib/dispatcher.mjs';
import { journey } from '../lib/journey.mjs';

after(close);

for (const lang of LANGS) {
  journey(`an administrator looks after a colleague's account (${lang})`, async () => {
    const admin = await Dispatcher.arrive({ lang, who: 'admin' });
    const { page, t } = admin;
    const role = (key) => page.getByRole('checkbox', { name: t(key) });
    await admin.signIn({ path: '/admin/staff' });
    await page.locator('tbody tr').first().waitFor();
    await admin.shoot('staff');

    // Somebody new: what is missing is said, what can't be held together is refused, then the link.
    await forward(301);
    await admin.button('staff-invite').click();
    const sheet = page.getByRole('dialog', { name: t('staff-invite-title') });
    await sheet.waitFor();
    await sheet.getByRole('button', { name: t('staff-invite-do') }).click();
    await page.getByText(t('roles-missing')).waitFor();
    await admin.shoot('staff-invite');
    const name = lang === 'ar' ? 'لمى الزهراني' : 'Lama Al Zahrani';
    await sheet.getByLabel(t('col-name'), { exact: true }).fill(name);
    await sheet.getByLabel(t('sign-in-email'), { exact: true }).fill(`lama.${lang}@khidma.example`);
    await role('role-administrator').check();
    await role('role-finance-officer').check();
    await sheet.getByRole('button', { name: t('staff-invite-do') }).click();
    const question = page.getByRole('dialog', { name: t('step-up-title') });
    await question.waitFor();
    await page.locator('.otp input:focus').waitFor();
    await page.keyboard.type(await totp(admin.secret));
    await question.waitFor({ state: 'hidden' });
    await sheet.locator('.field-trouble').first().waitFor();
    await role('role-administrator').uncheck();
    await role('role-finance-officer').uncheck();
    await role('role-dispatcher').check();
    await sheet.getByRole('radio', { name: t('zones-some') }).check({ force: true });
    await sheet.locator('.chip input').first().check({ force: true });
    await sheet.getByRole('button', { name: t('staff-invite-do') }).click();
    const link = sheet.getByLabel(t('link-label'), { exact: true });
    await link.waitFor();
    assert.match(await link.inputValue(), /\/enrol\?token=/);
    await admin.shoot('staff-link');
    await sheet.getByRole('button', { name: t('link-done') }).click();
    await sheet.waitFor({ state: 'hidden' });

    // Their page: everywhere instead of one zone, and then the end of it, with a reason.
    await page.getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 2 }).waitFor();
    await page.getByText(t('staff-devices')).waitFor();
    await admin.shoot('staff-member');
    await page.getByRole('radio', { name: t('zones-all') }).check({ force: true });
    await admin.button('roles-do').click();
    await page.getByText(t('roles-changed')).waitFor();
    await admin.button('disable').click();
    const ending = page.getByRole('dialog', { name: t('disable-title') });
    await ending.getByRole('button', { name: t('disable') }).click();
    await page.getByText(t('disable-reason-missing')).waitFor();
    await ending.getByLabel(t('disable-reason'), { exact: true }).fill(lang === 'ar' ? 'تركت العمل' : 'She has left');
    await admin.shoot('staff-disable');
    await ending.getByRole('button', { name: t('disable') }).click();
    await page.getByText(t('staff-disabled-toast')).waitFor();
    await admin.button('enable').waitFor();
    await admin.shoot('staff-disabled');
    await admin.button('enable').click();
    await page.getByText(t('staff-enabled-toast')).waitFor();

    // One's own account is another administrator's to change.
    await page.getByRole('link', { name: t('nav-staff') }).first().click();
    await page.getByRole('row').filter({ hasText: admin.email }).getByRole('link').click();
    await page.getByText(t('staff-own')).waitFor();
    assert.equal(await admin.button('disable').count(), 0);
    await admin.leave();
  });
}
