import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import { type CreateEngine, engineOver } from '../helpers/kernelLaws.js';
import { passesFor, testArena } from '../helpers/kernelMemory.js';
import { createWith, supported } from './nativeCases.js';

/** Every build of the kernels. */
const engines: readonly (readonly [name: string, create: CreateEngine])[] = [
  ['reference', createReferenceEngine],
  ...supported.map((isa) => [isa, createWith(isa)] as const),
];

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

type Places = { readonly prediction: number; readonly target: number; readonly weight: -1; readonly sum: 0 };
type Rule = (places: Places & { readonly groups: 1; readonly size: number }) => KernelCall;

const accuracy: Rule = (a) => ({ kernel: 'categoricalAccuracy', args: { ...a, sparse: 0 } });
const binary: Rule = (a) => ({ kernel: 'binaryAccuracy', args: { ...a, threshold: 0.5 } });
const topK =
  (top: number): Rule =>
  (a) => ({ kernel: 'topKAccuracy', args: { ...a, sparse: 0, top } });
/** Rightly found, wrongly found, missed, as precision and recall with `topK` take them. */
const counts =
  (top: number): Rule =>
  (a) => ({ kernel: 'classCounts', args: { ...a, sparse: 0, pooled: 1, top, largest: 0, threshold: -1e10 } });
/** The same as an F1 score without a threshold takes them. */
const largest: Rule = (a) => ({
  kernel: 'classCounts',
  args: { ...a, sparse: 0, pooled: 1, top: 0, largest: 1, threshold: 1e-9 },
});
const buckets: Rule = (a) => ({ kernel: 'bucketCounts', args: { ...a, sparse: 0, pooled: 1, buckets: 3 } });

type Case = readonly [what: string, rule: Rule, t: readonly number[], p: readonly number[], sums: readonly number[]];

/** Keras 3.15.1 on TensorFlow 2.21.0 gives the same where nothing else is said. */
const cases: readonly Case[] = [
  ['accuracy passes over a NaN', accuracy, [0, 0, 1], [0.1, nan, 0.7], [1]],
  ['accuracy passes over a NaN in the first place', accuracy, [0, 0, 1], [nan, 0.1, 0.7], [1]],
  ['accuracy passes over a NaN in the last place', accuracy, [1, 0, 0], [0.7, 0.1, nan], [1]],
  ['accuracy of a target whose prediction is NaN is 0', accuracy, [1, 0, 0], [nan, 0.1, 0.7], [0]],
  // Keras: 1 where the target is class 0.
  ['accuracy of nothing but NaN is 0', accuracy, [1, 0], [nan, nan], [0]],
  ['accuracy of nothing but NaN is 0 at any class', accuracy, [0, 1], [nan, nan], [0]],
  ['of equals the first is the largest', accuracy, [1, 0], [0.5, 0.5], [1]],
  ['of equals the second is not the largest', accuracy, [0, 1], [0.5, 0.5], [0]],
  // Keras: TensorFlow and JAX take 0 for larger than −0; PyTorch and TensorFlow.js do not.
  ['−0 and 0 are equal', accuracy, [1, 0], [-0, 0], [1]],
  ['the largest may be −∞', accuracy, [1, 0], [-inf, -inf], [1]],
  ['binary accuracy takes a NaN for 0', binary, [0, 1, 1, 0], [nan, nan, 0.9, 0.9], [0.5]],
  ['top-k accuracy of a NaN is 0', topK(2), [0, 1, 0], [0.1, nan, 0.7], [0]],
  ['top-k accuracy of nothing but NaN is 0', topK(2), [1, 0], [nan, nan], [0]],
  // Keras on TensorFlow: 0 wherever a group holds a NaN.
  ['top-k accuracy passes over a NaN', topK(2), [0, 0, 1], [nan, 0.9, 0.7], [1]],
  ['top-k accuracy counts all that tie', topK(1), [0, 1, 0], [0.5, 0.5, 0.5], [1]],
  ['top-k accuracy of −0 beside 0', topK(1), [1, 0], [-0, 0], [1]],
  ['of three that tie the first is found', counts(1), [0, 1, 0], [0.5, 0.5, 0.5], [0, 1, 1]],
  ['of three that tie the first is found, rightly', counts(1), [1, 0, 0], [0.5, 0.5, 0.5], [1, 0, 0]],
  ['two of three that tie behind a larger one', counts(3), [0, 0, 1, 1], [0.2, 0.9, 0.2, 0.2], [1, 2, 1]],
  ['a saturated softmax finds its class alone', counts(2), [0, 0, 1, 0], [1, 0, 0, 0], [0, 2, 1]],
  ['−0 and 0 tie', counts(1), [1, 0], [-0, 0], [1, 0, 0]],
  ['a NaN is not among the largest', counts(2), [0, 0, 1], [0.1, nan, 0.7], [1, 1, 0]],
  ['of nothing but NaN nothing is found', counts(2), [0, 1], [nan, nan], [0, 0, 1]],
  ['infinite ones are the largest', counts(1), [0, 1, 0], [0.5, inf, 0.7], [1, 0, 0]],
  ['k beyond the classes finds all', counts(9), [0, 1, 0], [0.5, -3, 0.7], [1, 2, 0]],
  ['F1 finds all that tie for the largest', largest, [0, 1, 0], [0.5, 0.5, 0.5], [1, 2, 0]],
  ['F1 finds nothing among zeros', largest, [0, 1, 0], [0, -0, 0], [0, 0, 1]],
  ['F1 finds the largest of negative numbers', largest, [0, 1, 0], [-5, -3, -4], [1, 0, 0]],
  ['F1 finds nothing beside a NaN', largest, [0, 1, 0], [0.5, nan, 0.7], [0, 0, 1]],
  ['F1 finds nothing beside a NaN in the first place', largest, [0, 1, 0], [nan, 0.5, 0.7], [0, 0, 1]],
  ['AUC takes a NaN for 0', buckets, [1, 0, 1, 0], [nan, nan, 1, -inf], [1, 1, 0, 2, 0, 0]],
];

describe('Metrics of NaN, of ties and of −0 are the same in every build', () => {
  for (const [what, rule, target, prediction, expected] of cases) {
    test(what, () => {
      for (const [name, create] of engines) assert.deepEqual(sumsOf(create, rule, target, prediction), expected, name);
    });
  }
});

/** The sums of one row of one group. */
function sumsOf(create: CreateEngine, rule: Rule, target: readonly number[], prediction: readonly number[]): number[] {
  const size = target.length;
  const arena = testArena({ batchRows: 1, buffers: { prediction: size, target: size }, sumCount: 6, shards: 1 });
  const { memory, at } = arena;
  memory.f32.set(prediction, at.prediction);
  memory.f32.set(target, at.target);
  const call = rule({ ...at, weight: -1, groups: 1, size, sum: 0 });
  const engine = engineOver(create, arena, [call], 1);
  engine.run('forward', 0, passesFor(1, 1, 1, arena)[0]);
  return [...memory.f64.subarray(memory.sums, memory.sums + 6)].filter((_, i) => i < lengthOf(call));
}

/** Of the counts those of what was found, wrongly found and missed. */
const lengthOf = ({ kernel }: KernelCall): number => ({ classCounts: 3, bucketCounts: 6 })[kernel as string] ?? 1;
