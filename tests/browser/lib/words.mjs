// The apps' own words, so that a journey names a button as its reader does and survives a change
// of wording.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/**
 * `words('customer', 'ar')('pay-now')`: the text of a message of the app or of the design system,
 * or a pattern where it has values in it or forms for numbers.
 */
export function words(app, lang) {
  const known = new Map();
  for (const place of ['ui', app]) {
    const text = readFileSync(resolve(root, `apps/${place}/messages/${lang}.ftl`), 'utf8');
    for (const [key, value] of messages(text)) known.set(key, value);
  }
  return (key) => {
    const value = known.get(key);
    if (value === undefined) throw new Error(`${app} has no message ${key} in ${lang}`);
    if (!value.includes('{')) return value;
    const choice = value.match(/^(.*?)\{ *\$\w+ *->(.*)\}(.*)$/);
    if (!choice) return new RegExp(pattern(value));
    const [, before, variants, after] = choice;
    const forms = variants.split(/\*?\[\w+\]/).slice(1).map((form) => pattern(form.trim()));
    return new RegExp(`${pattern(before)}(${forms.join('|')})${pattern(after)}`);
  };
}

/** A text with values, as a pattern. */
function pattern(text) {
  return text
    .split(/\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}

/** Messages that are one text, on one line or on indented ones below. */
function* messages(text) {
  let key;
  let value = '';
  for (const line of [...text.split('\n'), '-']) {
    const begins = line.match(/^([a-zA-Z][\w-]*) *= *(.*)$/);
    if (begins || !/^[\s}]/.test(line)) {
      if (key) yield [key, value.trim()];
      key = begins?.[1];
      value = begins?.[2] ?? '';
    } else {
      value += ` ${line.trim()}`;
    }
  }
}
