import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { data, Trainer } from '../../src/index.js';
import { writePictures } from '../helpers/pictures.js';

/** Laws 1, 2 and 7 for pictures that loader threads decode, resize and augment. */

const layers = [
  { type: 'Conv2D', filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 3] },
  { type: 'Flatten' },
  { type: 'Dense', units: 3, activation: 'softmax' },
];
const augment: data.AugmentOptions = {
  ...{ flip: 'both', translation: 0.2, rotation: 0.1, zoom: 0.2, crop: 0.8 },
  ...{ brightness: 0.1, contrast: 0.2, saturation: 0.3, noise: 0.02 },
};
const options = { size: [8, 8], validationSplit: 0.2, seed: 5 } as const;
// 25 rows to train: four full batches and a ragged one, two epochs, steps 0 to 9.
const fit = { epochs: 2, batchSize: 6 };

const create = (workers: number) =>
  Trainer.create(layers, {
    optimizer: 'adam',
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    seed: 11,
    workers,
  });

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await writePictures(join(folder, 'pictures'), { ant: 12, bee: 10, cow: 10 });
});
after(() => rm(folder, { recursive: true }));

const read = (more: Partial<data.ImageOptions>) => data.images(join(folder, 'pictures'), { ...options, ...more });

async function outcomeOf(trainer: Trainer, { train, validation }: data.Images, more: object = {}) {
  const { history } = await trainer.fit(train, { ...fit, ...(validation && { validationData: validation }), ...more });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history };
}

async function trained(workers: number, more: Partial<data.ImageOptions>) {
  await using trainer = await create(workers);
  return await outcomeOf(trainer, await read(more));
}

type Combination = readonly [workers: number, loaders: number, cache: boolean];

const trainings: readonly [
  what: string,
  given: Partial<data.ImageOptions>,
  readonly Combination[],
  steps: readonly number[],
][] = [
  ['as they are', {}, [[3, 3, false]], [3]],
  [
    'augmented',
    { augment },
    [
      [1, 2, true],
      [3, 3, false],
      [8, 1, false],
    ],
    [1, 5, 8],
  ],
];

for (const [what, given, combinations, steps] of trainings) {
  describe(`Pictures ${what} train to the same bits`, () => {
    let undisturbed: Awaited<ReturnType<typeof outcomeOf>>;
    before(async () => {
      undisturbed = await trained(2, { ...given, cache: true, loaders: 1 });
      assert.equal(undisturbed.step, 10);
    });

    for (const [workers, loaders, cache] of combinations) {
      test(`with ${workers} workers, ${loaders} loaders, ${cache ? 'decoded once' : 'decoded in every epoch'}`, async () => {
        assert.deepEqual(await trained(workers, { ...given, loaders, cache }), undisturbed);
      });
    }

    test('interrupted after any step and resumed with other workers and loaders', async () => {
      for (const step of steps) {
        const controller = new AbortController();
        const onBatchEnd = (_: number, __: unknown, control: { readonly step: number }): void => {
          if (control.step === step) controller.abort();
        };
        const path = join(folder, `${step}.ckpt`);
        await using first = await create(2);
        const stopped = outcomeOf(first, await read({ ...given, cache: false }), {
          callbacks: [{ onBatchEnd }],
          signal: controller.signal,
        });
        await assert.rejects(stopped, { code: 'ABORTED' });
        await first.checkpoint(path);
        await using second = await Trainer.resume(path, { workers: 1 + (step % 3) });
        assert.deepEqual(await outcomeOf(second, await read({ ...given, loaders: 3 })), undisturbed, `step ${step}`);
      }
    });
  });
}

test('Each epoch sees other pictures than the one before it, and another seed others again', async () => {
  const pixels = async (seed: number, pass: number): Promise<unknown> => {
    const { train } = await read({
      augment,
      seed,
      validation: join(folder, 'pictures'),
      validationSplit: undefined as never,
    });
    assert.ok('read' in train);
    const rows = await train.read(Int32Array.of(3, 1), pass);
    const { values } = rows.x as { values: Uint8Array };
    await train.close?.();
    return Buffer.from(values).toString('hex');
  };
  const first = await pixels(1, 0);
  assert.equal(await pixels(1, 0), first);
  assert.notEqual(await pixels(1, 1), first);
  assert.notEqual(await pixels(2, 0), first);
});

test('Every class gives its share to validate on, the same by the same seed', async () => {
  const counts = ({ files }: data.Images): Record<string, number> =>
    Object.fromEntries(
      ['ant', 'bee', 'cow'].map((name) => [name, files.filter((file) => file.startsWith(`${name}/`)).length]),
    );
  const [first, again, other] = await Promise.all([read({}), read({}), read({ seed: 6 })]);
  assert.deepEqual(counts(first), { ant: 9, bee: 8, cow: 8 });
  assert.deepEqual(again.files, first.files);
  assert.notDeepEqual(other.files, first.files);
  assert.equal(first.validation?.rows, 7);
});
