import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../src/shared/packageRoot.js';

/** docs/from-tfjs.md has a row for all that the types of TensorFlow.js document. */

const root = packageRoot(import.meta.url);
const page = readFileSync(join(root, 'docs/from-tfjs.md'), 'utf8');
const types = (file: string): string =>
  readFileSync(join(root, 'node_modules/@tensorflow/tfjs-layers/dist/engine', file), 'utf8');

/** The part of a declaration file that declares one class or interface. */
function declaration(file: string, start: string): string {
  const text = types(file);
  const from = text.indexOf(start);
  assert.ok(from >= 0, `${file} has ${start}`);
  return text.slice(from, text.indexOf('\n}', from));
}

/** Names of members that others see, without those that begin with an underscore. */
function members(declared: string): string[] {
  const lines = declared.split('\n').filter((line) => /^ {4}(?:get |set )?[a-z]\w*[?(<:]/.test(line));
  return [
    ...new Set(
      lines.map(
        (line) =>
          line
            .trim()
            .replace(/^(get|set) /, '')
            .match(/^\w+/)?.[0] as string,
      ),
    ),
  ];
}

describe('docs/from-tfjs.md has a row for', () => {
  const given: readonly (readonly [string, string, string])[] = [
    ['each argument of fit', 'training_tensors.d.ts', 'export interface ModelFitArgs'],
    ['each argument of fitDataset', 'training_dataset.d.ts', 'export interface ModelFitDatasetArgs'],
  ];
  for (const [title, file, start] of given) {
    test(title, () => {
      const names = members(declaration(file, start));
      assert.ok(names.length > 8, names.join());
      assert.deepEqual(
        names.filter((name) => !page.includes(`\`${name}\``)),
        [],
      );
    });
  }

  test('each documented method of tf.LayersModel', () => {
    // What the library's own pages show has `@doc` before it.
    const documented = types('training.d.ts')
      .split('@doc')
      .slice(1)
      .flatMap((part) => part.slice(part.indexOf('*/')).match(/\*\/\s+(?:static )?([a-z]\w*)\(/)?.[1] ?? []);
    assert.ok(documented.length >= 8, documented.join());
    assert.deepEqual(
      documented.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});
