import type { z } from 'zod';
import { type LockstepError, userError } from '../../shared/errors.js';
import { camelCase } from './casing.js';
import { expectedBy } from './parseErrors.js';
import { suggestion } from './suggestion.js';
import { isRecord, show } from './values.js';

/**
 * The one door for options that code gives: those of `owner`, checked by its schema, with the schema's defaults. Keras's
 * snake_case is read as camelCase; undefined and null count as left out. Throws a LockstepError: `UNKNOWN_OPTION` for a key
 * that nobody reads, `INVALID_OPTION` for a value that is not what the schema expects.
 */
export function readOptions<T extends z.ZodObject>(owner: string, schema: T, given: unknown): z.output<T> {
  const options = namedOptions(owner, given, Object.keys(schema.shape));
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw invalidOption(owner, options, parsed.error.issues[0]);
}

/** TensorFlow.js's words for options of calls over a dataset. */
const otherNames: Readonly<Record<string, string>> = {
  batchesPerEpoch: 'stepsPerEpoch',
  validationBatches: 'validationSteps',
  batches: 'steps',
};

/** Options under their resolved names. What has none of the `known` names is refused with the nearest of them. */
export function namedOptions(owner: string, given: unknown, known: readonly string[]): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (!isRecord(given)) {
    throw userError(
      'INVALID_OPTION',
      `${owner}: the options are ${show(given)}; give an object with options such as ${known.slice(0, 3).join(', ')}.`,
    );
  }
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const [camel, other] = [camelCase(key), otherNames[camelCase(key)]];
    const name = [key, camel, other].find((one) => known.includes(one));
    if (name === undefined) throw unknownOption(owner, key, known);
    if (value === undefined || value === null) continue;
    if (Object.hasOwn(options, name)) {
      throw userError(
        'INVALID_OPTION',
        `${owner}: ${name} is given twice, the second time as ${key}; keep one of them.`,
      );
    }
    options[name] = value;
  }
  return options;
}

export function unknownOption(owner: string, name: string, known: readonly string[]): LockstepError {
  return userError('UNKNOWN_OPTION', `${owner} has no option ${name}; ${suggestion(name, known)}`);
}

function invalidOption(owner: string, options: object, given: z.core.$ZodIssue): LockstepError {
  const { path, expected, found } = expectedBy(given, options);
  const state = found === undefined ? 'is missing' : `is ${show(found)}`;
  return userError('INVALID_OPTION', `${owner}: ${path.join('.')} ${state}; give ${expected}.`);
}
