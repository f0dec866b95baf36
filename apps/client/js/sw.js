// The service worker of one app: its shell and files for when there is no network. It never keeps
// an answer of the API: everything but pages of this app and /assets/ goes past it.
// The build puts values in the places of the names "khidma:…".

const APP = "khidma:app";
const VERSION = "khidma:version";
/** What the app needs to start. */
const FILES = "khidma:shell";

const SHELL = APP === 'admin' ? '/admin/' : '/';
/** Hashed files of this version, and those fetched later (the map). */
const ASSETS = `khidma-${APP}-${VERSION}`;
/** The last page the server made: language, theme and settings as they were then. */
const PAGES = `khidma-${APP}-pages`;
/** A network slower than this is as good as none, where there is a kept page. */
const PATIENCE_MS = 3000;
/** Not pages of the customer's app, though under its scope. */
const NOT_PAGES = /^\/(admin|v1|assets|docs|dev|enrol|health|legal|metrics|reset|sandbox)(\/|$)|^\/openapi\.json$/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const assets = await caches.open(ASSETS);
      await assets.addAll(FILES);
      // Said to be a page: a script's own `Accept: */*` gets none.
      const headers = { Accept: 'text/html' };
      await keepPage(await fetch(SHELL, { cache: 'no-cache', credentials: 'same-origin', headers }));
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(`khidma-${APP}-`) && name !== ASSETS && name !== PAGES) {
          await caches.delete(name);
        }
      }
      // The browser asks for the page while this worker is still waking up.
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('message', (event) => {
  if (event.data?.type === 'skipWaiting') self.skipWaiting();
  // A page that came fresh from the server may already be of this version.
  if (event.data?.type === 'version') event.source.postMessage({ type: 'version', version: VERSION });
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  if (address.pathname.startsWith('/assets/')) {
    event.respondWith(asset(request));
  } else if (request.mode === 'navigate' && isOurs(address.pathname)) {
    event.respondWith(page(event));
  }
});

function isOurs(path) {
  return APP === 'admin' ? path === '/admin' || path.startsWith('/admin/') : !NOT_PAGES.test(path);
}

/** Hashed names never change their content: kept first, also those of a version that waits. */
async function asset(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') {
    const assets = await caches.open(ASSETS);
    await assets.put(request, answer.clone());
  }
  return answer;
}

/** The newest page there is: the server's if it answers in time, else the kept one. */
async function page(event) {
  const network = ask(event);
  // Kept also when it comes too late for this time.
  event.waitUntil(network.then(keepPage, () => {}));
  const kept = await caches.match(SHELL, { cacheName: PAGES });
  if (!kept) return network;
  const late = new Promise((done) => setTimeout(done, PATIENCE_MS, kept));
  const answer = await Promise.race([network.catch(() => kept), late]);
  return answer.status >= 500 ? kept : answer;
}

async function ask(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

/** Every address of the app has the same page. */
async function keepPage(answer) {
  const type = answer.headers.get('Content-Type') ?? '';
  if (!answer.ok || answer.redirected || !type.startsWith('text/html')) return;
  // Before anything else reads it.
  const copy = answer.clone();
  const pages = await caches.open(PAGES);
  await pages.put(SHELL, copy);
}
