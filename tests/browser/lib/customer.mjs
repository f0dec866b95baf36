// What a customer does in the app, by what its buttons and fields are called.

import { CARDS, codeFor, freshPhone, until } from './api.mjs';
import { PHONE, Visitor } from './browser.mjs';
import { words } from './words.mjs';

export class Customer extends Visitor {
  /** The job of each booking that a page has read. */
  #jobs = new Map();

  static async arrive(options = {}) {
    const customer = await super.arrive({ size: PHONE, ...options });
    customer.t = words('customer', customer.lang);
    customer.phone = freshPhone();
    return customer;
  }

  async newPage() {
    const page = await super.newPage();
    page.on('response', (answer) => {
      const [, booking] = new URL(answer.url()).pathname.match(/^\/v1\/bookings\/(bkg_\w+)$/) ?? [];
      if (!booking || !answer.ok()) return;
      // An answer that a page has left behind can't be read; there will be another.
      answer.json().then(({ job }) => job && this.#jobs.set(booking, job), () => {});
    });
    return page;
  }

  /** So that a technician takes this one, whatever else is open. */
  jobOf = (booking) => until(`the job of ${booking}`, () => this.#jobs.get(booking));

  button = (key, page = this.page) => page.getByRole('button', { name: this.t(key) });
  link = (key, page = this.page) => page.getByRole('link', { name: this.t(key) });
  field = (key, page = this.page) => page.getByLabel(this.t(key));
  heading = (key, page = this.page) => page.getByRole('heading', { name: this.t(key) }).first();

  /** As somebody we know: phone and code, and in. */
  async signInAgain({ look = async () => {} } = {}) {
    await this.field('phone-label').fill(this.phone.replace('+966', '0'));
    await look('sign-in');
    const code = await codeFor(this.phone, () => this.button('phone-send').click());
    await this.heading('code-title-sign-in').waitFor();
    await look('code');
    // Pasted in one piece, as a phone fills it in; a full code is sent by itself.
    await this.page.locator('input[autocomplete=one-time-code]').fill(code);
  }

  /** What a new customer is asked before anything else. Other words than both texts: `agree`. */
  async begin({ agree = 'begin-agree-both', look = async () => {} } = {}) {
    const box = this.page.getByRole('checkbox', { name: this.t(agree) });
    await box.waitFor();
    await look('begin');
    await box.check();
    await this.button('begin-do').click();
    await box.waitFor({ state: 'detached' });
  }

  /** From the sign-in screen to where it leads; `look` sees each step. */
  async signIn({ name = this.lang === 'ar' ? 'سارة' : 'Sara', look = async () => {} } = {}) {
    await this.signInAgain({ look });
    await this.begin({ look });
    await this.heading('name-title').waitFor();
    await this.field('name-label').fill(name);
    await look('name');
    await this.button('name-save').click();
    await this.heading('name-title').waitFor({ state: 'detached' });
  }

  /** Does what wants a fresh proof, and proves by text message who it is. */
  async prove(ask, { look = async () => {} } = {}) {
    await ask();
    const question = this.page.getByRole('dialog', { name: this.t('prove-title') });
    await question.waitFor();
    await look('prove');
    const send = question.getByRole('button', { name: this.t('phone-send') });
    const code = await codeFor(this.phone, () => send.click());
    await this.page.locator('.otp input:focus').waitFor();
    await look('prove-code');
    await this.page.keyboard.type(code);
    await question.waitFor({ state: 'hidden' });
  }

  /** On the map's screen: the device's own place, with a note. */
  async setPlace({ note, look = async () => {} } = {}) {
    await this.button('pin-locate').click();
    const confirm = this.button('pin-confirm');
    await confirm.waitFor();
    if (note) await this.field('pin-note').fill(note);
    await look('pin');
    await confirm.click();
    await confirm.waitFor({ state: 'detached' });
  }

  /** Types a card into the form for one. */
  async typeCard(number, { name = 'Sara Test', expiry = '12 / 30', cvc = '123' } = {}) {
    await this.field('card-number').fill(number);
    await this.field('card-name').fill(name);
    await this.field('card-expiry').fill(expiry);
    await this.field('card-cvc').fill(cvc);
  }

  /** On the bank's page of the sandbox. */
  async atTheBank(decision = 'approve') {
    const button = this.page.locator(`button[name=decision][value=${decision}]`);
    await button.waitFor();
    await button.click();
  }

  /** From a service's screen to the review, place and sign-in on the way. */
  async toCheckout(service = 'leak-repair', options = {}) {
    await this.go(`/s/${service}`);
    await this.link('service-set-place').click();
    await this.setPlace(options);
    await this.link('service-sign-in').click();
    await this.signIn(options);
    const onward = this.button('service-continue');
    await this.page.waitForFunction((b) => !b.disabled, await onward.elementHandle());
    await options.look?.('service');
    await onward.click();
    await this.heading('checkout-title').waitFor({ state: 'attached' });
  }

  /** Books with a card that needs no challenge; resolves to the booking's id. */
  async book(service, card = CARDS.frictionless) {
    await this.toCheckout(service);
    await this.typeCard(card);
    await this.button('checkout-book').click();
    return this.booked();
  }

  /** The booking whose screen is open, or will be. */
  async booked() {
    await this.page.waitForURL(/\/b\/bkg_\w+$/);
    return this.page.url().split('/').pop();
  }
}
