import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { userError } from './errors.js';

/** The URL of a module given by its path, from the working directory, or by a file URL. */
export function moduleUrl(given: string): string {
  return given.startsWith('file:') ? given : pathToFileURL(resolve(given)).href;
}

/** Imports modules that register the user's own layers with TensorFlow.js's serialization. */
export async function importModules(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    try {
      await import(url);
    } catch (error) {
      throw userError(
        'MODULE_UNREADABLE',
        `Module ${url} cannot be imported: ${(error as Error).message}; give the path of a file that registers layers with tf.serialization.registerClass.`,
        error,
      );
    }
  }
}
