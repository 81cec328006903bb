import { fileURLToPath } from 'node:url';
import { userError } from './errors.js';

const SCHEME = /^([a-z][a-z\d+.-]+):\/\//i;

/**
 * The path that a user gives: as it is, or as a URL of a file. tfjs-node's spelling of a relative one, `file://./model`, is taken
 * as it takes it. URLs of anything else are refused, as they would be relative paths of a folder called `https:`.
 */
export function givenPath(given: string | URL): string {
  const text = typeof given === 'string' ? given : urlText(given);
  if (/^file:/i.test(text)) return pathOf(text);
  const [, scheme] = SCHEME.exec(text) ?? [];
  if (scheme === undefined) return text;
  throw userError('INVALID_PATH', `${text} is a URL of ${scheme}; give the path of a file or folder on this machine.`);
}

/** A URL of any realm. */
export function isUrl(given: unknown): given is URL {
  return typeof given === 'object' && given !== null && 'href' in given && 'pathname' in given && 'protocol' in given;
}

function urlText(given: unknown): string {
  if (isUrl(given)) return String(given.href);
  throw userError('INVALID_PATH', `A path is ${show(given)}; give a text or a URL of a file.`);
}

function show(given: unknown): string {
  return typeof given === 'object' && given !== null ? `an object of type ${given.constructor?.name}` : String(given);
}

function pathOf(text: string): string {
  // Behind two slashes stands a host, which a file of this machine has not, or tfjs-node's path.
  const [, relative] = /^file:\/\/(?!\/|localhost\/)(.+)$/i.exec(text) ?? [];
  if (relative !== undefined) return relative;
  try {
    const url = new URL(text);
    if (url.search === '' && url.hash === '' && /^file:\//i.test(text)) return fileURLToPath(url);
  } catch {
    // The sentence below says what is wrong with it.
  }
  throw userError(
    'INVALID_PATH',
    `${text} is no URL of a file; write file:///folder/name with %3F for ?, %23 for # and %25 for %, or give a path.`,
  );
}
