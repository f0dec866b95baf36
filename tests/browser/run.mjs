// The browser tests: starts a platform of its own, runs the journeys one after another against it,
// and ends with a line that `./khidma test` counts.
//
//   node tests/browser/run.mjs            all journeys
//   node tests/browser/run.mjs booking    those whose file's name holds the word
//
// Wants `./khidma` and its apps to be built (`./khidma browser` sees to that), and Chromium.
// BROWSER_URL and BROWSER_SANDBOX name a platform that runs already, BROWSER_DATA its data folder.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { target, start } from './lib/platform.mjs';

const journeys = join(import.meta.dirname, 'journeys');
const wanted = process.argv.slice(2);
const files = readdirSync(journeys)
  .filter((name) => name.endsWith('.test.mjs'))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort()
  .map((name) => join(journeys, name));

const artifacts = join(target, 'browser');
if (wanted.length === 0) rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts, { recursive: true });
for (const name of ['axe.txt', 'totp.json', 'technicians.json', 'vendors.json']) rmSync(join(artifacts, name), { force: true });

const begin = Date.now();
const platform = process.env.BROWSER_URL ? undefined : await start(join(artifacts, 'data'));
// Where a platform that runs already keeps its files, if it is not here.
process.env.BROWSER_DATA ??= join(artifacts, 'data');
process.env.BROWSER_URL ??= platform.url;
process.env.BROWSER_SANDBOX ??= platform.sandbox;
process.env.BROWSER_ARTIFACTS = artifacts;
console.log(`browser: the platform is at ${process.env.BROWSER_URL}`);

let passed = 0;
let failed = 0;
// A file and a suite are reported like the tests in them: only those are counted, and files that
// could not run at all.
const leaf = (event) => event.details?.type !== 'suite' && !files.includes(event.name);
const tests = run({ files, concurrency: 1, timeout: 1_500_000 });
tests.on('test:pass', (event) => {
  if (leaf(event) && !event.skip) passed += 1;
});
tests.on('test:fail', (event) => {
  if (leaf(event) || event.details?.error?.failureType !== 'subtestsFailed') failed += 1;
});
let stopped = false;
async function stop() {
  if (!stopped) {
    stopped = true;
    await platform?.stop();
  }
}
process.on('SIGINT', () => stop().then(() => process.exit(130)));
process.on('SIGTERM', () => stop().then(() => process.exit(143)));

await new Promise((done) => tests.compose(new spec()).on('end', done).pipe(process.stdout));
await stop();
const seconds = Math.round((Date.now() - begin) / 1000);
console.log(`browser: ${passed} passed, ${failed} failed (${seconds} s)`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
