import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { userError } from './errors.js';
import { firstLine } from './files.js';
import { givenPath } from './givenPath.js';

/** What modules export, by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** The URL of a module given by its path, from the working directory, or by a file URL. */
export function moduleUrl(given: string | URL): string {
  return pathToFileURL(resolve(givenPath(given))).href;
}

/**
 * Imports modules that register the user's own layers with TensorFlow.js's serialization, or export losses and metrics.
 * Returns what they export; of equal names the last.
 */
export async function importModules(urls: readonly string[]): Promise<ModuleExports> {
  const exports: Record<string, unknown> = {};
  for (const url of urls) {
    try {
      Object.assign(exports, await import(url));
    } catch (error) {
      throw userError(
        'MODULE_UNREADABLE',
        `Module ${url} cannot be imported: ${(error as Error).message}; give the path of a file that registers layers with tf.serialization.registerClass, or exports losses and metrics.`,
        error,
      );
    }
  }
  return exports;
}

/** The function of that name; throws where the modules export none. */
export function exportedFunction(name: string, exports: ModuleExports, urls: readonly string[]) {
  const found = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof found === 'function') return found as (...given: unknown[]) => unknown;
  const functions = Object.keys(exports).filter((key) => typeof exports[key] === 'function');
  const where =
    urls.length === 0 ? 'no modules are given' : `${urls.join(', ')} export ${functions.join(', ') || 'none'}`;
  throw userError(
    'UNKNOWN_FUNCTION',
    `There is no function ${name} for a loss or metric: ${where}; give modules the path of a file that exports it.`,
  );
}

/**
 * A package that only some users need, loaded when it is needed. `purpose`: what is done with it, such as "JPEG pictures are
 * decoded".
 */
export async function optionalModule<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw userError(
      'PACKAGE_MISSING',
      `${purpose} by the package ${name}, which cannot be loaded (${firstLine(error)}); install it with: npm install ${name}.`,
      error,
    );
  }
}
