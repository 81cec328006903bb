import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import { callable, wholeNumber } from '../options/fields.js';
import { readOptions, unknownOption } from '../options/readOptions.js';
import { hasMethod, show } from '../options/values.js';
import type { Callback } from './callback.js';

const hook = () => callable<(...given: never[]) => unknown>('a function').exactOptional();

/** The functions of a callback that `fit` calls. */
const hooks = {
  onTrainBegin: hook(),
  onEpochBegin: hook(),
  onBatchBegin: hook(),
  onBatchEnd: hook(),
  onEpochEnd: hook(),
  onTrainEnd: hook(),
  onPause: hook(),
  onNonFiniteLoss: hook(),
  onProgress: hook(),
};

const hookNames = Object.keys(hooks);

const schema = z.strictObject({ ...hooks, pauseEvery: wholeNumber(1).exactOptional() });

/** Hooks alone, as functions; anything else is refused. */
export function readHooks(owner: string, given: unknown): Callback {
  return readOptions(owner, schema, given) as Callback;
}

/** What `fit` is given as callbacks: a list, or one alone, as TensorFlow.js takes it. Each has a hook, and hooks are functions. */
export function readCallbacks(given: unknown): Callback[] {
  if (given === undefined) return [];
  return (Array.isArray(given) ? given : [given]).map(requireCallback);
}

function requireCallback(given: unknown, i: number): Callback {
  const owner = `fit: callback ${i + 1}`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw userError(
      'INVALID_OPTION',
      `${owner} is ${show(given)}; give an object with hooks such as onEpochEnd, or one of lockstep's callbacks.`,
    );
  }
  if (hasMethod(given, 'setModel') && hasMethod(given, 'setParams')) {
    throw userError(
      'INVALID_OPTION',
      `${owner} is a callback of TensorFlow.js, which needs the fit of its own models; give one of lockstep's callbacks, such as callbacks.earlyStopping(), or an object with hooks.`,
    );
  }
  const names = namesOf(given);
  const unknown = names.find((name) => /^on[A-Z_]/.test(name) && !hookNames.includes(name));
  if (unknown !== undefined) throw unknownOption(owner, unknown, hookNames);
  const own = names.filter((name) => Object.hasOwn(schema.shape, name));
  if (own.every((name) => name === 'pauseEvery') && !names.includes('state')) {
    throw userError(
      'INVALID_OPTION',
      `${owner} (${show(given)}) has no hook; give it one or more of ${hookNames.join(', ')}.`,
    );
  }
  readHooks(owner, Object.fromEntries(own.map((name) => [name, (given as Record<string, unknown>)[name]])));
  return given as Callback;
}

/** Names of an object's own and of its classes, but of no object as such. */
function namesOf(given: object): string[] {
  const names: string[] = [];
  for (let level = given; ; level = Object.getPrototypeOf(level)) {
    const above: unknown = Object.getPrototypeOf(level);
    if (above !== null || level === given) names.push(...Object.getOwnPropertyNames(level));
    if (above === null) return names;
  }
}
