import { userError } from '../../shared/errors.js';
import type { CallbackState } from '../checkpoint/position.js';
import type { Callback } from './callback.js';
import { asCallback } from './failure.js';

/** States of those callbacks that have one, in their order. */
export function statesOf(callbacks: readonly Callback[]): CallbackState[] {
  return remembering(callbacks).map((callback) => ({ name: nameOf(callback), state: callback.state?.() }));
}

/** A fit that goes on needs the callbacks it was interrupted with: those without a state may come and go. */
export function requireSameCallbacks(stored: readonly CallbackState[], callbacks: readonly Callback[]): void {
  const before = stored.map(({ name }) => name);
  const now = remembering(callbacks).map(nameOf);
  if (before.length === now.length && before.every((name, i) => name === now[i])) return;
  throw userError(
    'RESUME_MISMATCH',
    `This run was interrupted with ${listed(before)}, but fit was called with ${listed(now)}; go on with the same callbacks in the same order.`,
  );
}

/** Gives every callback its state back. */
export async function restoreStates(stored: readonly CallbackState[], callbacks: readonly Callback[]): Promise<void> {
  for (const [i, callback] of remembering(callbacks).entries())
    await asCallback(() => callback.restore?.(stored[i].state));
}

function remembering(callbacks: readonly Callback[]): Callback[] {
  return callbacks.filter((callback) => callback.state !== undefined);
}

function nameOf(callback: Callback): string {
  const { name } = callback.constructor;
  return callback.name ?? (name === 'Object' ? 'callback' : name);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no callback that has a state';
  return `the callback${names.length > 1 ? 's' : ''} ${names.join(', ')}`;
}
