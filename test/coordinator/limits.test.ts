import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseEngine } from '../../src/coordinator/compiler/engine.js';
import { type LayerConfig, Trainer, type TrainerOptions } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';

/** Models and settings that no machine can carry out, or that are larger than most. */

const options: TrainerOptions = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1, engine: 'reference' };
const repeated = (inputs: number, n: number): LayerConfig[] => [
  { type: 'RepeatVector', n, inputShape: [inputs] },
  { type: 'GlobalAveragePooling1D' },
  { type: 'Dense', units: 1 },
];

describe('A model beyond memory is refused with a sentence that says how much it takes', () => {
  const table: [what: string, layers: LayerConfig[], rows: number, size: RegExp][] = [
    // 2 buffers of 300,000 · 10⁹ · 4 bytes = 1.2e15 bytes = 1.07 PiB.
    ['a row of 1.2 PB', repeated(300_000, 1e9), 1, /\d(\.\d+)? PiB of memory/],
    ['a row of 0.9 PB', repeated(100_000, 2 ** 31 - 1), 1, /\d+ TiB of memory/],
    ['a batch of 160 TB', repeated(1, 1e7), 4_000_000, /\d+ TiB of memory/],
    ['what a system promises without having it', repeated(1_000, 1e9), 1, /\d(\.\d+)? TiB of memory/],
    ['weights of 40 TB', [{ type: 'Dense', units: 1e7, inputShape: [1e6] }], 1, /memory/],
  ];
  for (const [what, layers, rows, size] of table) {
    test(what, async () => {
      const train = async (): Promise<void> => {
        await using trainer = await Trainer.create(layers, options);
        const [inputs] = trainer.inputShape;
        const data = { x: new Float32Array(rows * inputs), y: new Float32Array(rows) };
        await trainer.fit(data, { batchSize: rows });
      };
      await assert.rejects(train(), (error: Error & { code: string; blame: string }) => {
        assert.deepEqual([error.code, error.blame], ['OUT_OF_MEMORY', 'user'], error.message);
        assert.match(error.message, size);
        return true;
      });
    });
  }
});

test('A chain of 2,000 layers is planned in their order', async () => {
  const chain = Array.from({ length: 2000 }, (_, i) => ({ type: 'Activation', activation: 'tanh', name: `a${i}` }));
  const layers = [{ type: 'Dense', units: 1, inputShape: [2], name: 'first' }, ...chain];
  const { layers: planned } = await Trainer.describe(layers, options);
  assert.deepEqual(
    planned.map(({ name }) => name),
    layers.map(({ name }) => name),
  );
});

describe('An instruction set that the machine has not is refused before the start', () => {
  const { addon } = findAddon();
  const given = process.env.LOCKSTEP_ISA;
  const chosen = (isa: string) => {
    process.env.LOCKSTEP_ISA = isa;
    try {
      return chooseEngine('auto').name;
    } finally {
      if (given === undefined) delete process.env.LOCKSTEP_ISA;
      else process.env.LOCKSTEP_ISA = given;
    }
  };
  for (const isa of ['sse9', 'AVX2', 'avx-512', ' avx2', 'none', '\u001b[31m']) {
    test(JSON.stringify(isa), { skip: addon === null }, () => {
      assert.throws(() => chosen(isa), {
        code: 'INVALID_ISA',
        message: /kernels that run on this machine are .*portable/,
      });
    });
  }

  test('those that it has, and none, are taken', { skip: addon === null }, () => {
    for (const isa of ['', ...(addon?.isas() ?? [])]) assert.equal(chosen(isa), 'native');
  });
});
