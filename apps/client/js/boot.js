// The one module the shell loads: fetches both halves of the app at once and starts it.
// The build puts addresses in the places of the names "khidma:…".

// Rust imports what is loaded later (the map) through this.
globalThis.khidma = { load: (address) => import(address) };

const RELOADED = 'khidma.reloaded';

const WORDS = {
  incomplete: {
    ar: 'لم تُحمّل الصفحة كاملة. تحقّق من الاتصال ثم أعد المحاولة.',
    en: 'The page did not load completely. Check your connection, then try again.',
  },
  broken: {
    ar: 'حدث خلل في هذه الصفحة. أعد تحميلها: ما أكّدته محفوظ لدينا.',
    en: 'Something went wrong on this page. Load it again: what you confirmed is safe with us.',
  },
  again: { ar: 'أعد المحاولة', en: 'Try again' },
};

// A trap (Rust's panic) leaves an app that no longer answers: better said than shown.
const trapped = (error) => error instanceof WebAssembly.RuntimeError && say('broken');
addEventListener('error', (event) => trapped(event.error));
addEventListener('unhandledrejection', (event) => trapped(event.reason));

try {
  // The binary is on its way while its glue is still being read.
  const wasm = fetch("khidma:app.wasm", { credentials: 'same-origin' });
  const { default: start } = await import("khidma:app.js");
  await start({ module_or_path: wasm });
  forget();
} catch (error) {
  console.error(error);
  if (!remembered()) {
    // The files of an older shell may be gone: a new shell knows where the new ones are.
    location.reload();
  } else {
    forget();
    say('incomplete');
  }
}

/** Whether this tab has already tried a reload; from now on it has. */
function remembered() {
  try {
    const before = sessionStorage.getItem(RELOADED);
    sessionStorage.setItem(RELOADED, '1');
    return before !== null;
  } catch {
    return true; // No storage, no way to know: better a note than a page that reloads for ever.
  }
}

function forget() {
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Forbidden storage was never written.
  }
}

/** In the place of the app, or of the shell's outline of it: the app's own words are in what did not come. */
function say(what) {
  const lang = document.documentElement.lang === 'en' ? 'en' : 'ar';
  const note = document.createElement('p');
  note.className = 'note';
  note.setAttribute('role', 'alert');
  note.textContent = WORDS[what][lang];
  const again = document.createElement('button');
  again.type = 'button';
  again.className = 'btn';
  again.textContent = WORDS.again[lang];
  again.addEventListener('click', () => location.reload());
  const room = document.createElement('main');
  room.className = 'stack pad';
  room.append(note, again);
  document.getElementById('app')?.replaceChildren(room);
}
