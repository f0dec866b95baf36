// What a dispatcher does in the console.

import { PASSWORD, STAFF, totp } from './api.mjs';
import { DESK, Visitor } from './browser.mjs';
import { words } from './words.mjs';

export class Dispatcher extends Visitor {
  static async arrive({ who = 'dispatcher', ...options } = {}) {
    const dispatcher = await super.arrive({ size: DESK, ...options });
    const [email, secret] = STAFF[who];
    Object.assign(dispatcher, { email, secret, password: PASSWORD });
    dispatcher.t = words('admin', dispatcher.lang);
    return dispatcher;
  }

  button = (key, page = this.page) => page.getByRole('button', { name: this.t(key) });
  field = (key, page = this.page) => page.getByLabel(this.t(key), { exact: true });
  tab = (key, page = this.page) => page.getByRole('tab', { name: this.t(key) });

  async signIn({ path = '/admin/', look = async () => {} } = {}) {
    await this.go(path);
    await this.field('sign-in-email').fill(this.email);
    await this.field('sign-in-password').fill(this.password);
    await look('admin-sign-in');
    await this.field('app-code').fill(await totp(this.secret));
    await this.page.getByRole('button', { name: this.t('sign-in'), exact: true }).click();
    await this.page.locator('.desk').waitFor();
  }

  /** A job's row in the queue, by the booking's reference number or by the job. */
  row = (job) => this.page.locator(`tr[data-job="${job}"]`);

  /** The pane with the selected job. */
  pane = () => this.page.getByRole('region', { name: this.t('pane-job') });
}
