// How many people can sign in, and what a request with a token costs, all through the public API.
//
//   node bench/sign_in.mjs [--people 200] [--requests 5000] [--url URL --sandbox URL --pid PID]
//
// Without --url a platform of its own is started (target/debug/khidma; BROWSER_PROFILE=release for
// the other). Measured: phone sign-ins (code by SMS, then a session), staff sign-ins (Argon2id and
// TOTP), refreshes, and the CPU that the platform's process spends on a request without a token and
// on the same with a customer's and with a staff member's. CPU is the whole process's, its worker
// and sandbox with it, while nothing else is asked. Ends with a line of JSON.
//
// What checking a token costs by itself: cargo run --release -p platform --example token_check

import { randomUUID } from 'node:crypto';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: asked } = parseArgs({
  options: {
    people: { type: 'string', default: '200' },
    requests: { type: 'string', default: '5000' },
    url: { type: 'string' },
    sandbox: { type: 'string' },
    pid: { type: 'string' },
  },
});
const PEOPLE = Number(asked.people);
const REQUESTS = Number(asked.requests);
const AT_ONCE = 8;

const say = (text) => console.error(text);

const data = mkdtempSync(join(tmpdir(), 'khidma-bench-'));
process.env.BROWSER_ARTIFACTS = data;
let own;
if (!asked.url) {
  say('starting a platform');
  const { start } = await import('../tests/browser/lib/platform.mjs');
  own = await start(join(data, 'platform'));
}
process.env.BROWSER_URL = asked.url ?? own.url;
process.env.BROWSER_SANDBOX = asked.sandbox ?? own.sandbox;
const pid = asked.pid ?? own?.pid;
const api = await import('../tests/browser/lib/api.mjs');

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** One request over a kept connection; the answer's status and body. */
function ask(method, path, { token, body } = {}) {
  return new Promise((done, fail) => {
    const headers = { 'Accept-Language': 'en' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const sent = request(api.url + path, { method, headers, agent }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => done({ status: answer.statusCode, body: text }));
    });
    sent.on('error', fail);
    sent.end(body && JSON.stringify(body));
  });
}

async function good(method, path, more) {
  const answer = await ask(method, path, more);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

/** Runs `work` on all items, AT_ONCE of them at a time; how many a second. */
async function rate(items, work) {
  const queue = [...items.entries()];
  const begun = performance.now();
  const done = Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
  });
  await Promise.all(done);
  return Math.round((items.length / (performance.now() - begun)) * 10_000) / 10;
}

/** CPU that the process has used, in microseconds (proc(5), 14 and 15; a tick is 10 ms). */
function cpu() {
  if (!pid) return NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Microseconds of CPU a request takes. */
async function cost(path, token) {
  const many = Array.from({ length: REQUESTS });
  await rate(many.slice(0, 200), () => good('GET', path, { token }));
  const before = cpu();
  await rate(many, () => good('GET', path, { token }));
  return Math.round((cpu() - before) / REQUESTS);
}

try {
  const results = {};

  say(`${PEOPLE} people sign in by telephone`);
  const phones = Array.from({ length: PEOPLE }, api.freshPhone);
  const sessions = [];
  results.phone_sign_ins_per_s = await rate(phones, async (phone) => {
    const device = randomUUID();
    let sent;
    const code = await api.codeFor(phone, async () => {
      sent = await good('POST', '/v1/auth/codes', { body: { phone, device } });
    });
    const body = { challenge: sent.challenge, code, device };
    sessions.push(await good('POST', '/v1/auth/sessions', { body }));
  });

  say('they refresh, five times each');
  const chains = sessions.map((session) => ({ ...session }));
  results.refreshes_per_s = 5 * (await rate(chains, async (chain) => {
    for (let n = 0; n < 5; n += 1) {
      const body = { refresh_token: chain.refresh_token };
      Object.assign(chain, await good('POST', '/v1/auth/refresh', { body }));
    }
  }));

  say('staff sign in');
  const operations = new api.Staff(...api.STAFF.operations);
  await operations.signIn();
  // Right or wrong, a password takes the same time; a right code counts only once in 30 s.
  const wrong = Array.from({ length: 40 }, (_, n) => `nobody${n}@khidma.example`);
  results.staff_sign_ins_per_s = await rate(wrong, (email) =>
    ask('POST', '/v1/auth/staff/sessions', { body: { email, password: 'a wrong password', code: '000000' } }));

  say(`${REQUESTS} requests of each kind`);
  const { access_token: token } = chains[0];
  results.us_cpu = {
    open: await cost('/.well-known/jwks.json'),
    customer: await cost('/v1/me', token),
    staff: await cost('/v1/me', operations.token),
    customer_refused_role: await refused('/v1/alarms', token),
  };
  console.log(JSON.stringify(results));
} finally {
  agent.destroy();
  await own?.stop();
  rmSync(data, { recursive: true, force: true });
}

/** The token is checked and nothing else done: the role does not allow it. */
async function refused(path, token) {
  const many = Array.from({ length: REQUESTS });
  const once = async () => {
    const answer = await ask('GET', path, { token });
    if (answer.status !== 403) throw new Error(`${path}: ${answer.status}`);
  };
  await rate(many.slice(0, 200), once);
  const before = cpu();
  await rate(many, once);
  return Math.round((cpu() - before) / REQUESTS);
}
