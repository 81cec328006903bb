import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unpackPlain } from '../../../src/coordinator/checkpoint/plainMsgpack.js';
import { readCheckpoint } from '../../../src/coordinator/checkpoint/read.js';
import { adam, type LockstepError, Trainer, type TrainerEvent } from '../../../src/index.js';
import { FaultPlan, faultyOptions } from '../../helpers/faults.js';
import { cases, dataFor } from '../../helpers/models.js';

const [given] = cases;
const options = { optimizer: adam({ amsgrad: true }), loss: given.loss, workers: 2, seed: 3 } as const;

let folder: string;
let path: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  path = join(folder, 'good.ckpt');
  await using trainer = await Trainer.create(given.layers, options);
  await trainer.fit(dataFor(given, 20), { batchSize: 8 });
  await trainer.checkpoint(path);
});
after(() => rm(folder, { recursive: true }));

describe('A checkpoint file', () => {
  test('holds a section for the run, each weight and each vector of the optimizer', async () => {
    const { vectors, step } = await readCheckpoint(path);
    assert.equal(step, 3);
    const names = [...vectors.keys()];
    assert.equal(names[0], 'run');
    const weights = names.filter((name) => name.startsWith('weight/'));
    assert.equal(weights.length, 6);
    for (const weight of weights) {
      for (const vector of ['m', 'v', 'vMax']) {
        assert.ok(names.includes(weight.replace('weight/', `optimizer/${vector}/`)), `${vector} of ${weight}`);
      }
    }
  });

  test('is refused with its name when any byte of it has changed', async () => {
    const good = await readFile(path);
    const bad = join(folder, 'bad.ckpt');
    for (let at = 0; at < good.length; at += 101) {
      const bytes = Buffer.from(good);
      bytes[at] ^= 1 << (at % 8);
      await writeFile(bad, bytes);
      await assert.rejects(readCheckpoint(bad), (error: LockstepError) => {
        assert.match(error.code, /^(DAMAGED_CHECKPOINT|NOT_A_CHECKPOINT|CHECKPOINT_VERSION)$/);
        assert.ok(error.message.includes(bad), error.message);
        return true;
      });
    }
  });

  test('is refused when it was cut short anywhere, or goes on after its end', async () => {
    const good = await readFile(path);
    const bad = join(folder, 'bad.ckpt');
    for (const length of [0, 1, 8, 15, 16, 47, 48, 300, good.length >> 1, good.length - 1]) {
      await writeFile(bad, good.subarray(0, length));
      await assert.rejects(readCheckpoint(bad), { code: /^(DAMAGED|NOT_A)_CHECKPOINT$/ });
    }
    await writeFile(bad, Buffer.concat([good, Buffer.alloc(1)]));
    await assert.rejects(readCheckpoint(bad), { code: 'DAMAGED_CHECKPOINT', message: /its table tells of/ });
  });

  test('names the section that is damaged', async () => {
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    const bad = join(folder, 'bad.ckpt');
    await writeFile(bad, bytes);
    await assert.rejects(readCheckpoint(bad), /section optimizer\/vMax\/.*bias.* does not match its checksum/);
  });
});

describe('Plain data is read without trusting it', () => {
  const refused: [string, number[]][] = [
    ['an array longer than the file', [0xdd, 0x7f, 0xff, 0xff, 0xff]],
    ['a map longer than the file', [0xdf, 0x7f, 0xff, 0xff, 0xff]],
    ['a string longer than the file', [0xdb, 0x7f, 0xff, 0xff, 0xff]],
    ['an extension', [0xc7, 0x01, 0x73, 0x00]],
    ['a key that reaches the prototype', [0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]],
    ['a key that is no text', [0x81, 0x01, 0x02]],
    ['nesting without end', [...Array(2_000).fill(0x91), 0x01]],
    ['bytes after the value', [0x01, 0x02]],
    ['nothing', []],
  ];
  for (const [what, bytes] of refused) {
    test(what, () => assert.throws(() => unpackPlain(Uint8Array.from(bytes))));
  }
});

describe('A checkpoint that cannot be written', () => {
  test('rejects with the reason, and the trainer goes on', async () => {
    await using trainer = await Trainer.create(given.layers, options);
    await assert.rejects(trainer.checkpoint(join(folder, 'nowhere', 'a.ckpt')), {
      code: 'CHECKPOINT_UNWRITABLE',
      message: /there is no such file/,
    });
    await trainer.fit(dataFor(given, 20), { batchSize: 8 });
    assert.equal(trainer.step, 3);
  });

  for (const kind of ['throw', 'exit', 'exhaustHeap', 'stall'] as const) {
    test(`because its thread meets ${kind} is told, training goes on, and the next one is written`, async () => {
      const plan = new FaultPlan();
      const events: TrainerEvent[] = [];
      const onEvent = (event: TrainerEvent): void => void events.push(event);
      const target = join(folder, kind);
      const trainer = await Trainer.create(
        given.layers,
        faultyOptions({ ...options, onEvent, ...(kind === 'stall' && { stallLimit: 3 }) }, plan),
      );
      plan.arm([{ kind, rank: 0, step: 0, phase: 'write' }]);
      await trainer.fit(dataFor(given, 20), {
        epochs: 2,
        batchSize: 8,
        callbacks: [{ onEpochEnd: (epoch, _logs, fit) => fit.checkpoint(`${target}-${epoch}.ckpt`) }],
      });
      assert.equal(trainer.step, 6);
      const lost = events.flatMap((event) => (event.event === 'checkpointFailed' ? [event.path] : []));
      assert.deepEqual(lost, [`${target}-0.ckpt`]);
      await trainer.close();
      const names = await readdir(folder);
      assert.ok(names.includes(`${kind}-1.ckpt`));
    });
  }
});

test('A checkpoint is one moment: training goes on while it is written', async () => {
  await using trainer = await Trainer.create(given.layers, options);
  await trainer.fit(dataFor(given, 20), { batchSize: 8 });
  const before = trainer.fingerprint();
  const { written } = await trainer.takeCheckpoint(join(folder, 'moment.ckpt'));
  await trainer.fit(dataFor(given, 20), { batchSize: 8 });
  await written;
  await using resumed = await Trainer.resume(join(folder, 'moment.ckpt'));
  assert.deepEqual([resumed.step, resumed.fingerprint()], [3, before]);
});

test('A checkpoint in the middle of a call is refused, as the weights are changing', async () => {
  await using trainer = await Trainer.create(given.layers, options);
  const running = trainer.evaluate(dataFor(given, 2000), { batchSize: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(trainer.checkpoint(join(folder, 'torn.ckpt')), { code: 'BUSY' });
  await running;
  await trainer.checkpoint(join(folder, 'torn.ckpt'));
});
