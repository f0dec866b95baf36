// A platform of the tests' own: `khidma up` with its own data and free ports.

import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');

const program = join(target, process.env.BROWSER_PROFILE ?? 'debug', 'khidma');

/**
 * Another API over the stores of the platform that runs in `data`, with other `settings`: as while a
 * change is being rolled out. Resolves to its address and a way to end it.
 */
export async function beside(data, settings) {
  const port = await freePair();
  const note = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8'));
  const env = { ...process.env };
  for (const [key, value] of Object.entries({ ...note.settings, listen: `127.0.0.1:${port}`, ...settings })) {
    // Quoted, so that nothing is taken for a number.
    env[`KHIDMA_${key.toUpperCase().replaceAll('.', '__')}`] = JSON.stringify(value);
  }
  const child = spawn(program, ['serve'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const log = createWriteStream(`${data}-beside.log`);
  child.stderr.pipe(log);
  let over = false;
  const ended = new Promise((done) => child.on('exit', done)).then(() => (over = true));
  const url = `http://127.0.0.1:${port}`;
  const late = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(`${url}/health/live`).catch(() => undefined);
    if (answer?.ok) break;
    if (over || Date.now() > late) throw new Error(`not ready; see ${data}-beside.log`);
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** Starts it; resolves when it says that it is ready. */
export async function start(data) {
  const port = await freePair();
  const log = createWriteStream(`${data}.log`);
  const child = spawn(
    program,
    ['up', '--port', String(port), '--data', data, '--fresh'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child.stderr.pipe(log, { end: false });
  const ended = new Promise((done) => child.on('exit', done));
  let out = '';
  await new Promise((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`not ready in time; see ${data}.log`)), 180_000);
    child.stdout.on('data', (chunk) => {
      log.write(chunk);
      out += chunk;
      if (/^ready /m.test(out)) {
        clearTimeout(late);
        ready();
      }
    });
    child.on('error', fail);
    ended.then((code) => fail(new Error(`khidma up ended (${code}); see ${data}.log`)));
  });
  return {
    url: out.match(/^ready (\S+)$/m)[1],
    sandbox: out.match(/sandbox\s+(http:\S+)\/sandbox\//)[1],
    pid: child.pid,
    async stop() {
      child.kill('SIGINT');
      await ended;
      log.end();
    },
  };
}

/** A free port whose successor is free too: the sandbox's. */
async function freePair() {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await listening(0);
    const port = first.address().port;
    const second = port < 65535 ? await listening(port + 1).catch(() => undefined) : undefined;
    await new Promise((done) => first.close(done));
    if (second) {
      await new Promise((done) => second.close(done));
      return port;
    }
  }
  throw new Error('no two free ports beside each other');
}

function listening(port) {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}
