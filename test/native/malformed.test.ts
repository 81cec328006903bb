import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activations } from '../../src/shared/kernels/activations.js';
import type { Pass } from '../../src/shared/kernels/pass.js';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { emptyStages } from '../../src/shared/program/program.js';
import type { Engine } from '../../src/worker/engines/engine.js';
import { createNativeEngine } from '../../src/worker/engines/native.js';
import { plainDropout } from '../helpers/kernelCases.js';
import { passesFor, testArena } from '../helpers/kernelMemory.js';
import { skipReason } from './nativeCases.js';

const BATCH = 8;
/** Elements of the flat vector that slabs hold; the rest is not trained. */
const TRAINED = 48;
const arena = testArena({ batchRows: BATCH, buffers: { x: 48, y: 32 }, parameterLength: 64, sumCount: 6 });
const { x, y } = arena.at;

const dense = { x, w: 0, b: 32, y, inner: 1, inputs: 4, units: 8, activation: 1 };
const pool = {
  x,
  y,
  height: 4,
  width: 4,
  channels: 3,
  windowHeight: 2,
  windowWidth: 2,
  strideHeight: 2,
  strideWidth: 2,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 0,
  padLeft: 0,
  outHeight: 2,
  outWidth: 2,
};

const recurrence = {
  mask: -1,
  keep: -1,
  c0: -1,
  steps: 2,
  units: 4,
  activation: 3,
  recurrentActivation: 2,
  reversed: 0,
};

const denseWith = (change: Partial<typeof dense>): KernelCall => ({
  kernel: 'denseForward',
  args: { ...dense, ...change },
});
const poolWith = (change: Partial<typeof pool>): KernelCall => ({
  kernel: 'maxPool2dForward',
  args: { ...pool, ...change },
});

const malformed: readonly [what: string, call: KernelCall, message: RegExp][] = [
  ['a buffer that begins before the arena', denseWith({ x: -1 }), /denseForward.*argument x: is -1/],
  ['a buffer that passes its end', denseWith({ y: arena.memory.f32.length - 8 }), /argument y: offset .* arena/],
  ['sizes whose product is enormous', denseWith({ inputs: 2 ** 31 - 1, units: 2 ** 31 - 1 }), /argument x: offset/],
  ['a size of zero', denseWith({ inner: 0 }), /argument inner: is 0, expected 1/],
  ['a size that is no whole number', denseWith({ units: 1.5 }), /argument units: is 1.5.*whole/],
  ['a size that is not a number', denseWith({ units: Number.NaN }), /argument units: .*whole/],
  ['weights that pass the parameters', denseWith({ w: 40 }), /argument w: offset 40.*parameters/],
  ['a bias that passes the parameters', denseWith({ b: 60 }), /argument b: offset 60.*parameters/],
  [
    'an unknown activation',
    denseWith({ activation: activations.length }),
    /argument activation: is \d+, expected 0 to/,
  ],
  ['windows that leave the image', poolWith({ outHeight: 3 }), /maxPool2dForward.*top or the bottom/],
  ['padding larger than the window', poolWith({ padLeft: 2 }), /maxPool2dForward.*left or the right/],
  [
    'a sum that does not exist',
    { kernel: 'weightSums', args: { weight: -1, groups: 1, sum: 6 } },
    /argument sum: is 6, expected 0 to 5/,
  ],
  [
    'statistics that pass the sums of a shard',
    { kernel: 'batchNormSums', args: { x, sum: 3, inner: 1, channels: 2 } },
    /argument sum: number 3 and its 4 sums pass the end of a shard's 6/,
  ],
  [
    'a gradient of weights that are not trained',
    { kernel: 'denseWeightGradient', args: { x, dy: y, w: 48, b: -1, inner: 1, inputs: 2, units: 4 } },
    /argument w: offset 48.*trained parameters \(48/,
  ],
  [
    'a recurrent matrix that passes the parameters',
    {
      kernel: 'lstmBackward',
      args: { gates: x, c: y, u: 0, dh: -1, dLast: y, dcLast: -1, dz: x, dh0: -1, dc0: -1, ...recurrence, units: 5 },
    },
    /lstmBackward.*argument u: offset 0.*parameters/,
  ],
  [
    'gates that pass the arena',
    {
      kernel: 'lstmForward',
      args: { z: y, u: 0, h0: -1, h: x, c: x, previous: x, last: x, ...recurrence, steps: 1e6, units: 1 },
    },
    /lstmForward.*argument z: offset .* arena/,
  ],
  [
    'an unknown activation of those that need their input',
    {
      kernel: 'inputActivationForward',
      args: { x, y, size: 4, activation: 17, alpha: 0, threshold: 0, limit: 1 },
    },
    /inputActivationForward.*activation is 17, expected/,
  ],
  [
    'a rate of one',
    { kernel: 'dropout', args: { x, y, ...plainDropout(4, 1), scale: 1, layer: 0 } },
    /dropout.*rate is 1.*, expected at least 0 and below 1/,
  ],
];

for (const [what, call, message] of malformed) {
  test(`attaching refuses ${what}`, { skip: skipReason }, () => {
    assert.throws(() => engineOf([denseWith({}), call]), message);
    assert.throws(() => engineOf([denseWith({}), call]), /stage forward, call 1/);
  });
}

const [good] = passesFor(BATCH, 4, 1, { slabs: arena.slabs });
test('parameters behind the trained ones may be read', { skip: skipReason }, () => {
  engineOf([denseWith({ w: 16, b: 56 })]).run('forward', 1, good);
});

test('running refuses a segment that the stage does not have', { skip: skipReason }, () => {
  const engine = engineOf([denseWith({})]);
  for (const segment of [-1, 2]) assert.throws(() => engine.run('forward', segment, good), /no segment/);
});

test('steps that are reversed into a part of themselves are read before they are written', { skip: skipReason }, () => {
  const f32 = arena.memory.f32;
  const before = Float32Array.from({ length: 5 }, (_, i) => i + 1);
  for (const shift of [-1, 1]) {
    const from = x + 8;
    const reverse: KernelCall = { kernel: 'reverseSteps', args: { x: from, y: from + shift, steps: 1, size: 5 } };
    f32.set(before, from);
    const [one] = passesFor(1, 1, 1, { slabs: arena.slabs });
    engineOf([reverse]).run('forward', 1, one);
    assert.deepEqual(f32.slice(from + shift, from + shift + 5), before);
  }
});

const passes: readonly [what: string, change: Partial<Pass>, message: RegExp][] = [
  ['more rows than the batch holds', { rows: 9, batchRows: 9 }, /do not fit a batch of at most 8/],
  ['rows before the first', { firstRow: -1 }, /do not fit a batch/],
  ['shards that leave out rows', { shardRows: [0, 2, 4, 6, 7] }, /do not cover its rows/],
  ['shards that run backwards', { shardRows: [0, 4, 2, 6, 8] }, /a shard has no rows/],
  ['a slab outside the arena', { published: [{ first: 0, count: 4, slab: 1e9 }] }, /a slab at 1000000000 passes/],
  ['nodes of shards it does not have', { published: [{ first: 0, count: 5, slab: 0 }] }, /published nodes/],
  ['fewer shards in the batch than it has', { batchShards: 3 }, /3 shards of the batch do not fit/],
  ['more shards in the batch than rows', { batchShards: 9 }, /9 shards of the batch do not fit/],
  ['shards whose sums pass the arena', { firstShard: 1e6, published: [] }, /sums of its shards pass/],
];

for (const [what, change, message] of passes) {
  test(`running refuses a pass with ${what}`, { skip: skipReason }, () => {
    const engine = engineOf([denseWith({})]);
    engine.run('forward', 1, good);
    assert.throws(() => engine.run('forward', 1, { ...good, ...change }), message);
  });
}

test('an unknown instruction set is refused with the ones there are', { skip: skipReason }, () => {
  assert.throws(() => engineOf([], 'mmx' as 'avx2'), /The instruction set is mmx, expected one of: .*portable/);
});

test('gather refuses records that the column does not have', { skip: skipReason }, () => {
  const memory = new SharedArrayBuffer(4 * 10 * 4);
  const column = { type: 'float32', memory, byteOffset: 0, size: 4, rows: 10, scale: 1 } as const;
  const source = { column, values: new Float32Array(memory) };
  const engine = engineOf([]);
  engine.gather(good, source, x, null, 2);
  assert.throws(() => engine.gather(good, source, x, null, 3), /record 10 is not one of the column's 10/);
  assert.throws(() => engine.gather(good, source, x, Int32Array.of(1, 2, 3), 0), /row 3 is beyond the order's 3/);
  assert.throws(() => engine.gather(good, source, arena.memory.f32.length - 8, null, 0), /a buffer at .* passes/);
});

test('attaching refuses passes of more rows than the batch, which scratch memory would be sized by', {
  skip: skipReason,
}, () => {
  assert.throws(() => engineOf([denseWith({})], undefined, BATCH + 1), /more rows than the batch/);
});

test('running refuses a pass with more rows than a pass was said to have', { skip: skipReason }, () => {
  const half = engineOf([denseWith({})], undefined, BATCH / 2);
  const [first] = passesFor(BATCH, 4, 2, { slabs: arena.slabs });
  half.run('forward', 1, first);
  assert.throws(() => half.run('forward', 1, good), /do not fit a batch of at most 8 rows and a pass of at most 4/);
});

function engineOf(calls: readonly KernelCall[], isa?: 'avx2', passCapacity = BATCH): Engine {
  return createNativeEngine(
    {
      memory: arena.memory,
      stages: { ...emptyStages, forward: [[], calls] },
      batchCapacity: BATCH,
      passCapacity,
      passShards: passCapacity,
      slabLength: TRAINED,
      vectorLength: arena.parameterLength,
    },
    isa === undefined ? {} : { isa },
  );
}
