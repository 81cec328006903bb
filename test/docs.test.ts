import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { activationNames } from '../src/coordinator/compiler/lower/activations.js';
import type { LayerLowering } from '../src/coordinator/compiler/lower/layer.js';
import { layerLowerings } from '../src/coordinator/compiler/lower/layers/index.js';
import { packageRoot } from '../src/shared/packageRoot.js';

/** The tables of docs/layers.md say what the code takes. */

const page = readFileSync(join(packageRoot(import.meta.url), 'docs/layers.md'), 'utf8');

/** Cells of the rows that begin with the name of a layer in backticks and have five columns. */
const rows = new Map(
  page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 7 && /^`\w+`$/.test(cells[1]))
    .map(([, name, ...cells]) => [name.replaceAll('`', ''), cells]),
);

const listed = (cell: string): string[] => cell.split(', ').filter(Boolean).toSorted();
const isInitializer = (name: string): boolean => name.endsWith('Initializer');

function factsOf({ type, arguments: shape, mask }: LayerLowering) {
  const names = Object.keys(shape).toSorted();
  const stems = names.filter(isInitializer).map((name) => name.replace('Initializer', ''));
  const [row = []] = [rows.get(type)];
  return {
    told: { arguments: listed(row[0] ?? ''), weights: listed(row[1] ?? ''), mask: row[2] },
    found: {
      arguments: names.filter((name) => !isInitializer(name)).map((name) => `\`${name}\``),
      weights: stems,
      mask: mask ?? 'ends',
    },
  };
}

describe('docs/layers.md', () => {
  for (const lowering of layerLowerings.values()) {
    test(`tells the arguments, the weights and the mask of ${lowering.type}`, () => {
      const { told, found } = factsOf(lowering);
      const isWrapper = 'layer' in lowering.arguments;
      assert.deepEqual(told.arguments, found.arguments.toSorted());
      if (!isWrapper) assert.deepEqual(told.weights, found.weights);
      if (told.mask !== 'remarks') assert.equal(told.mask, found.mask);
    });
  }

  test('tells of no other layer', () => {
    assert.deepEqual(
      [...rows.keys()].filter((name) => !layerLowerings.has(name)),
      [],
    );
  });

  test('names every activation', () => {
    assert.deepEqual(
      activationNames.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});
