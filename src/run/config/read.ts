import { basename, dirname, extname, resolve } from 'node:path';
import { withCallbackPaths } from '../../coordinator/callbacks/configured.js';
import { normalizeConfig } from '../../coordinator/options/normalize.js';
import { requireParsed } from '../../coordinator/options/parseErrors.js';
import { isPlain } from '../../coordinator/options/values.js';
import { userError } from '../../shared/errors.js';
import { givenPath } from '../../shared/givenPath.js';
import { formatOf, pathsOf, schemaOf } from '../data/formats.js';
import { readConfigFile } from './files.js';
import { applyOverrides, type Override, overrideAt } from './overrides.js';
import { type RunConfig, type RunConfigInput, runOn } from './schema.js';

/** Where a config was found: its name for messages, the folder its relative paths start from. */
interface ConfigOrigin {
  readonly file: string;
  readonly folder: string;
}

/** Reads a run from a config file (or the stored config of a run directory), with overrides in place of its values. */
export async function readConfig(file: string | URL, overrides: readonly Override[] = []): Promise<RunConfig> {
  const { path, raw, run } = await readConfigFile(givenPath(file));
  const config = parse(raw, { file: path, folder: dirname(resolve(path)) }, overrides);
  return run === undefined ? config : { ...config, run: { out: resolve(run), ...config.run } };
}

/** Reads a run given by code; relative paths start from the working directory. */
export function parseConfig(config: RunConfigInput | RunConfig, overrides: readonly Override[] = []): RunConfig {
  return parse(config, { file: 'config', folder: process.cwd() }, overrides);
}

/** The file, module or query that the training rows come from. */
export function dataPath({ data }: Pick<RunConfig, 'data'>): string {
  const { key } = formatOf(data);
  return String((data as Readonly<Record<string, unknown>>)[key]);
}

/** Reads the config that a run directory stores. */
export function parseStoredConfig(raw: unknown, file: string): RunConfig {
  return parse(raw, { file, folder: dirname(resolve(file)) }, []);
}

function parse(raw: unknown, { file, folder }: ConfigOrigin, overrides: readonly Override[]): RunConfig {
  if (!isPlain(raw)) {
    throw userError('CONFIG_INVALID', `${file} holds no config; write the sections model, data, compile and fit.`);
  }
  const named = { name: basename(file, extname(file)), ...(normalizeConfig(raw) as object) };
  const resolved = applyOverrides(named, overrides);
  const config = requireParsed(
    schemaFor(resolved, file),
    resolved,
    (path) => overrideAt(path, overrides) ?? { source: file, raw },
  );
  requireTogether(config, file);
  return withPaths(config, folder);
}

/** The format of the rows decides which keys `data` has. */
function schemaFor(resolved: unknown, file: string) {
  const data = isPlain(resolved) && isPlain(resolved.data) ? resolved.data : {};
  return runOn(schemaOf(data, file));
}

/** What single values cannot tell: keys that exclude or need each other. */
function requireTogether({ model, data, fit }: RunConfig, file: string): void {
  const refuse = (sentence: string): never => {
    throw userError('CONFIG_CONFLICT', `${file}: ${sentence}`);
  };
  if ((model.layers === undefined) === (model.path === undefined)) {
    refuse('model needs either layers (a list) or path (a model.json); give exactly one.');
  }
  if (model.layers === undefined && (model.inputs !== undefined || model.outputs !== undefined)) {
    refuse('model.inputs and model.outputs name layers of model.layers, but there is a path; remove them.');
  }
  if (pathsOf(data).validation !== undefined && fit.validationSplit !== undefined) {
    refuse('data.validation and fit.validationSplit are both given; keep the one to validate on.');
  }
  if (fit.restoreBest && pathsOf(data).validation === undefined && fit.validationSplit === undefined) {
    refuse('fit.restoreBest takes the epoch of the lowest val_loss; add data.validation or fit.validationSplit.');
  }
  const conflict = formatOf(data).conflict(data, fit);
  if (conflict !== undefined) refuse(`${conflict}.`);
}

function withPaths(config: RunConfig, folder: string): RunConfig {
  const { model, data, fit, run } = config;
  const at = (path: string): string => resolve(folder, givenPath(path));
  return {
    ...config,
    model: {
      ...model,
      ...(model.path !== undefined && { path: at(model.path) }),
      ...(model.modules !== undefined && { modules: model.modules.map(at) }),
    },
    data: { ...data, ...Object.fromEntries(Object.entries(pathsOf(data)).map(([key, path]) => [key, at(path)])) },
    fit: { ...fit, callbacks: withCallbackPaths(fit.callbacks, at) },
    run: { ...run, ...(run.out !== undefined && { out: at(run.out) }) },
  };
}
