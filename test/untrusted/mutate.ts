import { createHash } from 'node:crypto';
import type { Choices } from '../helpers/faults.js';

/** Seeded damage to files, at the level of bytes and of values. */

const numbers = [
  0,
  -1,
  1,
  2 ** 26,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e308,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const strange: readonly unknown[] = [...numbers, null, true, '', 'constructor', '../../x', [], {}, [[]], [null]];
const bytes = [0x00, 0x7f, 0x80, 0xff, 0xc7, 0xd4, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x22, 0x5b, 0x7b];

/** A few bytes flipped, replaced, removed, doubled or cut off. */
export function mutateBytes(given: Uint8Array, choices: Choices): Buffer {
  let result = Buffer.from(given);
  for (let change = 0; change <= choices.below(4); change++) {
    const at = choices.below(Math.max(1, result.length));
    const kind = choices.below(5);
    if (kind === 0) result[at] ^= 1 << choices.below(8);
    else if (kind === 1) result[at] = choices.of(bytes);
    else if (kind === 2) result = result.subarray(0, at);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + choices.below(16))]);
    else result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - 64))]);
  }
  return result;
}

/** A copy of plain data with one place in it replaced, removed or repeated. */
export function mutateValue(value: unknown, choices: Choices): unknown {
  const isInner = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  if (!isInner || Object.keys(value).length === 0 || choices.below(6) === 0) return choices.of(strange);
  const entries: [string, unknown][] = Object.entries(value);
  const at = choices.below(entries.length);
  const [key, inner] = entries[at];
  if (choices.below(8) === 0) entries.splice(at, 1);
  else entries[at] = [key, mutateValue(inner, choices)];
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

export function sha256(given: Uint8Array): string {
  return createHash('sha256').update(given).digest('hex');
}
