import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { userError } from '../errors.js';

/** The npm package that binds libtensorflow, and the version that Lockstep is made for. */
export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node';
export const TENSORFLOW_VERSION = '4.22.0';

/** What to do where it is missing. */
export const TENSORFLOW_ADVICE = 'run `npm run setup:tensorflow` in the folder of Lockstep';

/** The package with its binding, or why there is none. */
export type TensorflowSearch = { readonly path: string } | { readonly path: null; readonly reason: string };

/** Where set-up scripts keep packages, outside of any clone: `LOCKSTEP_CACHE`, or `lockstep` in the user's folder of caches. */
export function cacheFolder(): string {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return process.env.LOCKSTEP_CACHE ?? join(caches, 'lockstep');
}

/** Where `npm run setup:tensorflow` keeps the package. */
export function tensorflowFolder(): string {
  return join(cacheFolder(), `tfjs-node-${TENSORFLOW_VERSION}-${process.platform}-${process.arch}`);
}

/** Finds the package beside Lockstep, else in the cache; one without its binding does not count. */
export function findTensorflow(): TensorflowSearch {
  const found = [import.meta.url, join(tensorflowFolder(), 'package.json')].flatMap(packageFrom);
  const whole = found.find(hasBinding);
  if (whole !== undefined) return { path: whole };
  const reason = found.length === 0 ? 'is not installed' : `in ${found[0]} has no binding to libtensorflow`;
  return { path: null, reason: `${TENSORFLOW_PACKAGE} ${reason}` };
}

/** The package, or an error that says how to get it. */
export function requireTensorflow(): { readonly path: string } {
  const found = findTensorflow();
  if (found.path !== null) return found;
  throw userError('TENSORFLOW_MISSING', `${found.reason}; ${TENSORFLOW_ADVICE}, or use engine: tfjs.`);
}

function packageFrom(origin: string): string[] {
  try {
    return [dirname(createRequire(origin).resolve(`${TENSORFLOW_PACKAGE}/package.json`))];
  } catch {
    return [];
  }
}

function hasBinding(path: string): boolean {
  const lib = join(path, 'lib');
  return existsSync(lib) && readdirSync(lib).some((version) => existsSync(join(lib, version, 'tfjs_binding.node')));
}
