// Chromium and what every journey asks of a page: no errors in its console, nothing that the
// policy refused, no serious finding of axe, and screenshots.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { url } from './api.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };
/** The narrowest telephone there is, and a wider one at 200 %. */
const NARROW = { width: 320, height: 640 };
export const LANGS = ['ar', 'en'];

let browser;

/** One Chromium for a file of tests; `close` ends it. */
export async function open() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // The map wants WebGL; a machine without a graphics card draws it in software.
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
  return browser;
}

export async function close() {
  await browser?.close();
  browser = undefined;
}

/** What pages complain of, unless a test expects it. */
const EXPECTED = [
  // Chromium's own line about an answer of 4xx; the app shows what it means.
  /Failed to load resource: the server responded with a status of 4\d\d/,
  /Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|ABORTED)/,
  // Software drawing is slow, and says so.
  /GPU stall due to ReadPixels/,
];

/** A picture of the page. Chromium draws none now and then where other programs want the machine,
    which says nothing about the page: asked again, twice. */
async function picture(page, options, times = 3) {
  try {
    await page.screenshot(options);
  } catch (error) {
    if (times === 1 || !String(error).includes('Unable to capture screenshot')) throw error;
    await page.waitForTimeout(500);
    await picture(page, options, times - 1);
  }
}

/** So many of the last exchanges with the server are remembered. */
const REMEMBERED = 40;

/** Somebody with a browser of their own: cookies, storage and pages apart from others'. */
export class Visitor {
  /** Those who have arrived and not left. */
  static here = new Set();

  /** What a failed journey leaves open is not another's. */
  static async sendAway() {
    for (const visitor of Visitor.here) await visitor.context.close();
    Visitor.here.clear();
  }

  /** `size`: PHONE or DESK. `speaks`: what the browser prefers, where that is not what its reader
      chose. `expected`: more complaints that are no fault. */
  static async arrive({ lang = 'ar', speaks = lang, theme = 'light', size = PHONE, expected = [] } = {}) {
    const visitor = new this();
    visitor.lang = lang;
    visitor.theme = theme;
    visitor.size = size;
    visitor.expected = [...EXPECTED, ...expected];
    visitor.complaints = [];
    visitor.findings = [];
    visitor.trail = [];
    visitor.began = Date.now();
    Visitor.here.add(visitor);
    visitor.context = await (await open()).newContext({
      baseURL: url,
      viewport: size,
      hasTouch: size === PHONE,
      locale: speaks === 'ar' ? 'ar-SA' : 'en-GB',
      timezoneId: 'Asia/Riyadh',
      colorScheme: theme,
      reducedMotion: 'reduce',
      geolocation: { latitude: 24.6935, longitude: 46.6853 },
      permissions: ['geolocation'],
    });
    await visitor.context.addCookies([
      { name: 'lang', value: lang, url },
      { name: 'theme', value: theme, url },
    ]);
    visitor.context.setDefaultTimeout(20_000);
    visitor.page = await visitor.newPage();
    return visitor;
  }

  async newPage() {
    const page = await this.context.newPage();
    const complain = (text) => {
      if (!this.expected.some((known) => known.test(text))) this.complaints.push(text);
    };
    page.on('console', (message) => {
      if (message.type() === 'error') complain(message.text());
    });
    page.on('pageerror', (error) => complain(`uncaught: ${error.message}`));
    page.on('response', (answer) => {
      if (answer.status() >= 500) complain(`${answer.status()} ${answer.url()}`);
      this.#note(answer.request(), answer.status());
    });
    page.on('requestfailed', (request) => this.#note(request, request.failure()?.errorText));
    return page;
  }

  /** What was asked and how it ended; files of the app are no news. */
  #note(request, end) {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/assets/')) return;
    this.trail.push(`${Date.now() - this.began} ms  ${request.method()} ${pathname}  ${end}`);
    if (this.trail.length > REMEMBERED) this.trail.shift();
  }

  /** Where a page is and what it shows, in lines; with a picture of that name. */
  async describe(page, name) {
    const folder = join(process.env.BROWSER_ARTIFACTS, 'failed');
    mkdirSync(folder, { recursive: true });
    await picture(page, { path: join(folder, `${name.replaceAll(/[^\p{L}\d]+/gu, '-')}.png`) });
    const { pathname } = new URL(page.url());
    const shown = await page.evaluate(() => ({
      headings: [...document.querySelectorAll('h1, h2')].map((one) => one.textContent),
      notes: [...document.querySelectorAll('[role=alert], [role=status], .offline')].map((one) => one.textContent),
      online: navigator.onLine,
    }));
    const at = `${Date.now() - this.began} ms  ${pathname}  ${shown.online ? 'online' : 'offline'}`;
    return [at, `headings: ${shown.headings.join(' | ')}`, `notes: ${shown.notes.join(' | ')}`];
  }

  /** Goes to an address of the app and waits until it has started. */
  async go(path, page = this.page) {
    await page.goto(path);
    await started(page);
    return page;
  }

  /** The screen as it is: looked at by axe and kept in both themes and sizes; at 320 px nothing
      sticks out. */
  async shoot(screen, page = this.page) {
    const folder = join(process.env.BROWSER_ARTIFACTS, 'screenshots');
    mkdirSync(folder, { recursive: true });
    // A price that is being asked for again is faint until the new one is there.
    await page.locator('.fading').first().waitFor({ state: 'detached' });
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      for (const theme of ['light', 'dark']) {
        await wear(page, theme);
        const name = `${screen}-${this.lang}-${theme}-${size.width}x${size.height}`;
        await picture(page, { path: join(folder, `${name}.png`), animations: 'disabled' });
        this.findings.push(...(await scan(page, name)));
      }
    }
    await wear(page, this.theme);
    await page.setViewportSize(NARROW);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > NARROW.width) {
      const name = `${screen}-${this.lang}-${NARROW.width}`;
      await picture(page, { path: join(folder, `${name}.png`) });
      this.findings.push(`${name}: ${wide} px wide`);
    }
    await page.setViewportSize(this.size);
  }

  /** Ends; fails if a page complained, or if axe did on any screen. */
  async leave() {
    Visitor.here.delete(this);
    await this.context.close();
    assert.deepEqual(this.complaints, [], 'pages complained');
    assert.deepEqual(this.findings, [], 'axe found something, or a screen is too wide');
  }
}

/** Until the app has taken the place of the shell that the server sent. */
export async function started(page) {
  await page.waitForSelector('#app > .root, .desk, .door', { state: 'attached' });
}

async function wear(page, theme) {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await page.evaluate((name) => {
    document.documentElement.dataset.theme = name;
  }, theme);
}

/** What axe calls serious or critical, one line an element; kept in axe.txt as well. */
export async function scan(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  const bad = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => {
        const why = node.failureSummary.split('\n')[1]?.trim() ?? '';
        return `${name}: ${id}: ${node.target.join(' ')}: ${why}`;
      }),
    );
  const list = bad.map((line) => `${line}\n`).join('');
  if (list) appendFileSync(join(process.env.BROWSER_ARTIFACTS, 'axe.txt'), list);
  return bad;
}
