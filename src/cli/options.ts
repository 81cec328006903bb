import { InvalidArgumentError, Option } from 'commander';
import { engineNames } from '../coordinator/options/names.js';
import { parseValue } from '../run/config/files.js';
import { type Override, parseAssignment } from '../run/config/overrides.js';
import { givenPath } from '../shared/givenPath.js';

/** Parses a path, which may be a URL of a file. */
export function path(text: string): string {
  return givenPath(text);
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** The overrides that options stand for, then those of `--set`. */
export function overridesFrom(
  options: Readonly<Record<string, unknown>> & { readonly set?: readonly string[] },
  settings: Readonly<Record<string, string>>,
): Override[] {
  const named = Object.entries(settings).flatMap(([option, path]): Override[] => {
    const given = options[option];
    if (typeof given !== 'string') return [];
    const from = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [{ path, value: parseValue(given, from), from }];
  });
  return [...named, ...(options.set ?? []).map(parseAssignment)];
}

/** Parses an option that is a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('give a whole number of at least 1.');
}

/** Parses an option that is a whole number of at least 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('give a whole number of at least 0.');
}

export function workersOption(): Option {
  return new Option(
    '--workers <n>',
    'ranks, or auto: as many as the model is fastest on; changes nothing but speed',
  ).argParser((text) => (text === 'auto' ? text : positiveInteger(text)));
}

/** Modules are run, so they are named by whoever calls, never by the folder of a model alone. */
export function modulesOption(): Option {
  return new Option(
    '--modules <path>',
    'a module with layers, losses or metrics of the model, which is run; repeatable',
  ).argParser(collect);
}

export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <which>',
    'of a run: best, last or the number of a step, in place of its finished model',
  );
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'what computes').choices(engineNames);
}
