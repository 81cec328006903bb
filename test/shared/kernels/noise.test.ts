import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lower } from '../../../src/coordinator/compiler/lower/index.js';
import { describeModel } from '../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';
import { readObjectives } from '../../../src/coordinator/options/objectives.js';
import { type LayerConfig, LockstepError } from '../../../src/index.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import type { KernelArguments, KernelCall } from '../../../src/shared/kernels/table.js';
import { fillUniform, passesFor, read, runAll, testArena } from '../../helpers/kernelMemory.js';

const ROWS = 400;
const SIZE = 60;

/** What a noise layer over rows of `shape` emits while training: one call forward, and one backward where there is one. */
function callsOf(
  layer: LayerConfig,
  shape: readonly number[],
): { forward: KernelCall; backward: KernelCall | undefined } {
  const layers: LayerConfig[] = [
    { type: 'Dense', units: shape[shape.length - 1], inputShape: [...shape] },
    layer,
    { type: 'Dense', units: 1 },
  ];
  const objective = readObjectives({ loss: 'meanSquaredError' }, ['out']);
  const { stages } = lower(describeModel(modelFromLayers(layers, 'm').model), objective);
  const isNoise = ({ kernel }: KernelCall) => kernel === 'dropout' || kernel.startsWith('gaussian');
  return { forward: stages.forward.flat().filter(isNoise)[0], backward: stages.backward.flat().find(isNoise) };
}

/** Runs the call over ROWS rows, of uniforms between −√3 and √3 (mean 0, variance 1) or of ones. */
function run({ kernel, args }: KernelCall, input: 'uniform' | 'ones'): Float32Array {
  const arena = testArena({ batchRows: ROWS, buffers: { x: SIZE, y: SIZE }, seed: 5 });
  if (input === 'uniform') fillUniform(arena, 'x', 1, [-Math.sqrt(3), Math.sqrt(3)]);
  else arena.memory.f32.fill(1, arena.at.x, arena.at.x + ROWS * SIZE);
  const passes = passesFor(ROWS, 8, 3, { step: 7 });
  if (kernel === 'dropout') {
    runAll(kernels.dropout, arena.memory, passes, { ...(args as KernelArguments<'dropout'>), ...arena.at });
  } else {
    const gaussian = kernels[kernel as 'gaussianNoise' | 'gaussianDropout'];
    runAll(gaussian, arena.memory, passes, { ...(args as KernelArguments<'gaussianNoise'>), ...arena.at });
  }
  return read(arena, 'y');
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Five standard errors of a mean of 24,000 values of deviation 1. */
const SLACK = 5 / Math.sqrt(ROWS * SIZE);

describe('noise layers', () => {
  test('GaussianNoise adds normal numbers of its deviation, and gradients pass it unchanged', () => {
    const { forward, backward } = callsOf({ type: 'GaussianNoise', stddev: 0.5 }, [SIZE]);
    const noisy = run(forward, 'ones');
    const { mean, deviation } = moments(noisy);
    assert.ok(Math.abs(mean - 1) < SLACK, `mean ${mean}`);
    assert.ok(Math.abs(deviation - 0.5) < SLACK, `deviation ${deviation}`);
    const beyondTwo = noisy.filter((value) => Math.abs(value - 1) > 1).length / noisy.length;
    assert.ok(Math.abs(beyondTwo - 0.0455) < SLACK, `${beyondTwo} lies beyond two deviations`);
    assert.equal(backward, undefined);
  });

  test('GaussianDropout multiplies by normal numbers around 1, gradients by the same ones', () => {
    const { forward, backward } = callsOf({ type: 'GaussianDropout', rate: 0.2 }, [SIZE]);
    const { mean, deviation } = moments(run(forward, 'ones'));
    assert.ok(Math.abs(mean - 1) < SLACK, `mean ${mean}`);
    assert.ok(Math.abs(deviation - 0.5) < SLACK, `deviation ${deviation}`);
    assert.ok(backward);
    assert.deepEqual(run(backward, 'ones'), run(forward, 'ones'));
  });

  test('AlphaDropout keeps mean and variance, and its gradient is the slope of what it kept', () => {
    const { forward, backward } = callsOf({ type: 'AlphaDropout', rate: 0.3 }, [SIZE]);
    const { mean, deviation } = moments(run(forward, 'uniform'));
    assert.ok(Math.abs(mean) < 2 * SLACK, `mean ${mean}`);
    assert.ok(Math.abs(deviation - 1) < 2 * SLACK, `deviation ${deviation}`);
    assert.ok(backward);
    const { scale, dropped } = forward.args as KernelArguments<'dropout'>;
    const slopes = run(forward, 'ones').map((value) => (value === Math.fround(dropped) ? 0 : Math.fround(scale)));
    assert.deepEqual(run(backward, 'ones'), slopes);
  });

  test('SpatialDropout drops whole channels, each sample its own', () => {
    const [steps, channels] = [12, 5];
    for (const [type, shape] of [
      ['SpatialDropout1D', [steps, channels]],
      ['SpatialDropout2D', [4, 3, channels]],
    ] as const) {
      const kept = run(callsOf({ type, rate: 0.5 }, shape).forward, 'ones');
      kept.forEach((value, e) => {
        const firstOfChannel = Math.floor(e / SIZE) * SIZE + (e % channels);
        assert.equal(value, kept[firstOfChannel], type);
      });
      const masks = new Set(
        Array.from({ length: ROWS }, (_, row) => kept.slice(row * SIZE, row * SIZE + channels).join()),
      );
      assert.equal(masks.size, 2 ** channels, type);
    }
  });

  test('elements that noiseShape gives one place share a draw', () => {
    const layer = { type: 'Dropout', rate: 0.5, noiseShape: [null, 12, 1] };
    const kept = run(callsOf(layer, [12, 5]).forward, 'ones');
    kept.forEach((value, e) => {
      assert.equal(value, kept[e - (e % 5)]);
    });
  });

  test('a noiseShape that no kernel draws is refused with what to do', () => {
    for (const noiseShape of [
      [1, 12, 5],
      [null, 12],
      [null, 7, 5],
    ]) {
      const given = () => callsOf({ type: 'Dropout', rate: 0.5, noiseShape }, [12, 5]);
      assert.throws(given, (error) => error instanceof LockstepError && error.code === 'UNSUPPORTED_ARGUMENT');
    }
  });
});
