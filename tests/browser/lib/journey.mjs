// A test that says what it saw when it fails: where each page was, what it showed, and what it had
// asked the server, newest last. A journey that fails once in a hundred runs leaves nothing else.

import { test } from 'node:test';
import { Visitor } from './browser.mjs';

/** `work` is given node's test context. */
export function journey(name, work) {
  test(name, async (context) => {
    try {
      await work(context);
    } catch (error) {
      for (const visitor of Visitor.here) await tell(name, visitor);
      throw error;
    } finally {
      await Visitor.sendAway();
    }
  });
}

async function tell(name, visitor) {
  for (const [number, page] of visitor.context.pages().entries()) {
    console.log(`at the end of "${name}", page ${number + 1}:`);
    const lines = await visitor.describe(page, `failed-${name}-${number + 1}`).catch((error) => [
      `not to be seen: ${error.message}`,
    ]);
    for (const line of lines) console.log(`  ${line}`);
  }
  for (const line of visitor.trail) console.log(`  ${line}`);
}
