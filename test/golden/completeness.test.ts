import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activationNames } from '../../src/coordinator/compiler/lower/activations.js';
import { layerLowerings } from '../../src/coordinator/compiler/lower/layers/index.js';
import { lossNames } from '../../src/coordinator/options/losses.js';
import { metricNames } from '../../src/coordinator/options/metrics.js';
import { optimizerKinds } from '../../src/coordinator/options/optimizers.js';
import { readFamilies, readGolden } from './cases.js';

/** Whatever Lockstep computes is held against Keras at least once: what is added without a case fails here. */

const cases = readFamilies().flatMap((family) => family.cases.map(({ given }) => given));

/**
 * Keras has neither a step nor a gradient for one, nor the metric that TensorFlow.js chooses by the shapes; functions of the
 * caller's are held against TensorFlow.js. Its sparsemax does not sum to 1 (docs/keras-differences.md).
 */
const LOCKSTEP_ONLY = ['Step', 'step', 'custom', 'crossentropy', 'traced', 'called', 'sparsemax'];

/** Every text under one of the keys, at any depth. */
function textsUnder(value: unknown, isKey: (key: string) => boolean): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(isKey(key) && typeof inner === 'string' ? [inner] : []),
    ...textsUnder(inner, isKey),
  ]);
}

/** The names of losses or metrics, which stand alone or beside options. */
function namesOf(given: unknown): string[] {
  return [given ?? []].flat().map((one) => (typeof one === 'string' ? one : (one as { name: string }).name));
}

function requireAll(known: Iterable<string>, found: readonly string[]): void {
  const missing = [...known].filter((name) => !LOCKSTEP_ONLY.includes(name) && !found.includes(name));
  assert.deepEqual(missing, [], 'these have no golden case; add one as README.md tells');
}

describe('There is a golden case of', () => {
  const layers = cases.flatMap<object>(({ layers, nodes }) => layers ?? nodes ?? []);

  test('every layer that lowers', () => {
    requireAll(
      layerLowerings.keys(),
      textsUnder(layers, (key) => key === 'type'),
    );
  });

  test('every activation', () => {
    requireAll(
      activationNames,
      textsUnder(layers, (key) => key === 'activation'),
    );
  });

  test('every loss', () => {
    requireAll(
      lossNames,
      cases.flatMap(({ loss }) => namesOf(loss)),
    );
  });

  test('every metric that is not a loss', () => {
    requireAll(
      metricNames.filter((name) => !lossNames.some((loss) => loss === name)),
      cases.flatMap(({ metrics = [] }) => namesOf(Object.values(metrics).flat())),
    );
  });

  test('every optimizer', () => {
    const given = readGolden<{ optimizer: { name: string } }[]>('generate/optimizers.json');
    requireAll(
      optimizerKinds,
      given.map(({ optimizer }) => optimizer.name),
    );
  });
});
