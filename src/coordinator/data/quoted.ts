import { show } from '../options/parseErrors.js';

/** What a terminal acts on or turns round, beyond what JSON escapes. */
const ACTIVE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Another library's message, which may repeat characters of a file. */
export function harmless(message: string): string {
  return message.replaceAll(/\p{Cc}/gu, escaped).replaceAll(ACTIVE, escaped);
}

/** A text of a file for messages: in quotes, short, and without characters that a terminal would act on. */
export function quoted(text: string): string {
  return show(text).replaceAll(ACTIVE, escaped);
}

/** A name of a file for messages: as it is where that is plain, else quoted. */
export function named(name: string): string {
  const isPlain = name.length <= 60 && name.trim() !== '' && JSON.stringify(name) === `"${name}"`;
  return isPlain ? name.replaceAll(ACTIVE, escaped) : quoted(name);
}

/** The first of some names. */
export function listed(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map(named).join(', ');
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
