// People who are not in the browser, through the public API as in docs/API.md: technicians,
// customers whose booking should be there already, and the sandbox's inbox.

import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const url = process.env.BROWSER_URL;
export const sandbox = process.env.BROWSER_SANDBOX;

export const PASSWORD = 'khidma-demo-password';
/** In al-Olaya, inside the zones. */
export const PIN = { lat: 24.6935, lon: 46.6853 };
/** The zone it is in. */
const ZONE = 'centre';

/** The test cards of the sandbox. */
export const CARDS = {
  challenge: '4201320111111010',
  frictionless: '4111114005765430',
  declined: '4201320000311101',
};

/** Repeats until it gives something, a minute at most. */
export async function until(what, ask, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** A mobile number that nobody has yet. */
export function freshPhone() {
  return `+9665${randomInt(60_000_000, 99_999_999)}`;
}

async function call(method, path, { token, body, key, lang = 'en', raw } = {}) {
  const headers = { 'Accept-Language': lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (method !== 'GET') headers['Idempotency-Key'] = key ?? randomUUID();
  if (raw) headers['Content-Type'] = 'application/octet-stream';
  else if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(url + path, { method, headers, body: raw ?? (body && JSON.stringify(body)) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** What one file of journeys leaves to the next: each is a process of its own. */
function remembered(name, otherwise) {
  const file = join(process.env.BROWSER_ARTIFACTS, `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise;
}

function remember(name, value) {
  writeFileSync(join(process.env.BROWSER_ARTIFACTS, `${name}.json`), JSON.stringify(value));
}

// --- Messages and time --------------------------------------------------------------------------

export async function inbox(phone) {
  const answer = await fetch(`${sandbox}/sandbox/inbox.json?to=${encodeURIComponent(phone)}`);
  return answer.json();
}

/** The sign-in code that arrives after `ask` was done. */
export async function codeFor(phone, ask) {
  const last = (await inbox(phone))[0]?.id;
  await ask();
  return until(`a code for ${phone}`, async () => {
    for (const message of await inbox(phone)) {
      if (message.id === last) return undefined;
      const code = message.body.match(/(?<!\d)\d{6}(?!\d)/);
      if (code) return code[0];
    }
    return undefined;
  });
}

/** Platform time. */
export async function clock() {
  return call('GET', '/dev/clock');
}

/** Moves the platform's clock on. */
export async function forward(seconds) {
  const { now } = await clock();
  const later = new Date(Date.parse(now) + seconds * 1000).toISOString();
  return call('POST', '/dev/clock', { body: { now: later } });
}

/**
 * A member of staff's second factor now (RFC 6238: SHA-1, 30 s, six digits). A code opens the door
 * once: for the second one within its time the platform's clock is moved on.
 */
export async function totp(secret) {
  const step = async () => Math.floor(Date.parse((await clock()).now) / 30_000);
  const used = remembered('totp', {});
  if ((await step()) <= used[secret]) await forward(30);
  const now = await step();
  remember('totp', { ...used, [secret]: now });
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(now));
  const hash = createHmac('sha1', base32(secret)).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function base32(text) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    held = ((held << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
  }
  return Buffer.from(bytes);
}

/** Seeded staff and their second factors. */
export const STAFF = {
  dispatcher: ['dispatcher@khidma.example', 'KHIDMADISPATCHERAAAAAAAAAAAAAAAA'],
  north: ['dispatcher.north@khidma.example', 'KHIDMADISPATCHERBBBBBBBBBBBBBBBB'],
  operations: ['operations@khidma.example', 'KHIDMAOPERATIONSAAAAAAAAAAAAAAAA'],
  /** Nobody else's: its journey changes their password and second factor. */
  moderator: ['moderator@khidma.example', 'KHIDMAMODERATORAAAAAAAAAAAAAAAAA'],
  auditor: ['auditor@khidma.example', 'KHIDMAAUDITORAAAAAAAAAAAAAAAAAAA'],
  admin: ['admin@khidma.example', 'KHIDMAADMINAAAAAAAAAAAAAAAAAAAAA'],
};

// --- People -------------------------------------------------------------------------------------

export class Person {
  /** Codes are good on the device that asked for them. */
  device = randomUUID();

  static async byPhone(phone = freshPhone()) {
    const person = new Person();
    person.phone = phone;
    await person.signIn();
    return person;
  }

  async signIn() {
    let challenge;
    const code = await codeFor(this.phone, async () => {
      ({ challenge } = await call('POST', '/v1/auth/codes', {
        body: { phone: this.phone, lang: 'en', device: this.device },
      }));
    });
    const session = await call('POST', '/v1/auth/sessions', {
      body: { challenge, code, device: this.device },
    });
    this.token = session.access_token;
    this.refresh = session.refresh_token;
  }

  async #send(method, path, options) {
    try {
      return await call(method, path, { token: this.token, ...options });
    } catch (error) {
      if (!/: 401 /.test(error.message)) throw error;
      const renewed = await call('POST', '/v1/auth/refresh', { body: { refresh_token: this.refresh } });
      this.token = renewed.access_token;
      this.refresh = renewed.refresh_token;
      return call(method, path, { token: this.token, ...options });
    }
  }

  get = (path) => this.#send('GET', path);
  post = (path, body) => this.#send('POST', path, { body });
  put = (path, body) => this.#send('PUT', path, { body });
  upload = (raw) => this.#send('POST', '/v1/uploads', { raw });

  /** Books and pays without the browser. */
  async book({ service = 'leak-repair', pin = PIN, note = 'The blue door' } = {}) {
    const quote = await this.post('/v1/quotes', { pin, service });
    const booking = await this.post('/v1/bookings', { quote: quote.id, address_note: note });
    const card_token = await cardToken(CARDS.frictionless);
    await this.post(`/v1/bookings/${booking.id}/payment`, { card_token });
    return this.get(`/v1/bookings/${booking.id}`);
  }
}

export async function cardToken(number) {
  const { publishable_key } = await call('GET', '/dev/keys');
  const answer = await fetch(`${sandbox}/moyasar/v1/tokens`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from(`${publishable_key}:`).toString('base64')}`,
    },
    body: JSON.stringify({ name: 'Test Customer', number, month: '12', year: '2030', cvc: '123', save_only: true }),
  });
  return (await answer.json()).id;
}

/** The smallest PNG there is. */
const PHOTO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** Staff without a browser. */
export class Staff extends Person {
  constructor(email, secret) {
    super();
    Object.assign(this, { email, secret });
  }
  async signIn() {
    const session = await call('POST', '/v1/auth/staff/sessions', {
      body: { email: this.email, password: PASSWORD, code: await totp(this.secret) },
    });
    this.token = session.access_token;
    this.refresh = session.refresh_token;
  }
}

/** The vendors who do plumbing where the pin is. */
async function nearby() {
  let known = remembered('vendors', null);
  if (!known) {
    const operations = new Staff(...STAFF.operations);
    await operations.signIn();
    const { items } = await operations.get('/v1/vendors?limit=100');
    const serve = ({ zones, categories }) => zones.includes(ZONE) && categories.includes('plumbing');
    known = items.filter(serve).map(({ id }) => id);
    remember('vendors', known);
  }
  return known;
}

/** Those on shift now, for [`rest`]. */
const working = new Set();

/** Sends everybody home: what one journey leaves open is not another's. */
export async function rest() {
  for (const technician of working) await technician.offShift();
  working.clear();
}

export class Technician extends Person {
  /** A plumber for the pin whom no journey has had: signs in, goes on shift and says where they are. */
  static async onShift(at = { lat: 24.7, lon: 46.69 }) {
    const vendors = await nearby();
    for (;;) {
      const number = remembered('technicians', 0) + 1;
      remember('technicians', number);
      const technician = await Technician.byPhone(`+966552000${String(number).padStart(3, '0')}`);
      const { skills, vendor } = await technician.get('/v1/technician/me');
      if (!vendors.includes(vendor) || !skills.includes('plumbing.general')) continue;
      await technician.put('/v1/technician/shift', { on: true });
      working.add(technician);
      await technician.ping(at);
      return technician;
    }
  }

  static async byPhone(phone) {
    const technician = new Technician();
    technician.phone = phone;
    await technician.signIn();
    return technician;
  }

  offShift = () => this.put('/v1/technician/shift', { on: false });
  ping = (point, job) => this.post('/v1/technician/position', { ...point, ...(job && { job }) });
  /** Undefined before the job is theirs. */
  state = async (job) => {
    const mine = await this.get(`/v1/jobs/${job}`).catch((error) => {
      if (!/: 404 /.test(error.message)) throw error;
    });
    return mine?.state;
  };
  reached = (job, state) => until(`${job} ${state}`, async () => (await this.state(job)) === state);

  /** Takes the offer of `job`, and no other's that comes before it. */
  async accept(job) {
    const offer = await until(`an offer of ${job}`, async () => {
      const offers = await this.get('/v1/technician/offers');
      for (const other of offers.filter((offer) => offer.job !== job)) {
        await this.post(`/v1/offers/${other.id}/decline`, { reason: 'not of this journey' });
      }
      return offers.find((offer) => offer.job === job);
    });
    await this.post(`/v1/offers/${offer.id}/accept`);
    await this.reached(job, 'assigned');
  }

  depart = (job) => this.post(`/v1/jobs/${job}/depart`);

  /** The check-in counts within 150 m of the pin, on a position that is fresh. */
  async arrive(job, pin = PIN) {
    await this.ping({ lat: pin.lat + 0.0002, lon: pin.lon }, job);
    await this.post(`/v1/jobs/${job}/arrive`, { point: pin });
    await this.post(`/v1/jobs/${job}/start`);
  }

  async askForExtra(job, { name = 'Angle valve', quantity = 2, unit_price = 2500 } = {}) {
    const { id: receipt } = await this.upload(PHOTO);
    const lines = [{ name, quantity, unit_price }];
    return this.post(`/v1/jobs/${job}/extra-costs`, { lines, receipt });
  }

  /** The whole checklist, with photos where they are asked for. */
  async finish(job) {
    const { checklist } = await this.get(`/v1/jobs/${job}`);
    const items = [];
    for (const { slug, photo } of checklist) {
      items.push({ slug, done: true, ...(photo && { photo: (await this.upload(PHOTO)).id }) });
    }
    return this.post(`/v1/jobs/${job}/finish`, { checklist: items });
  }

  acceptedWith = (job, code) => this.post(`/v1/jobs/${job}/accept`, { code });
}
