import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LayerConfig, sgd, Trainer } from '../../src/index.js';

/** What layers that draw make of an image while training, seen through the loss against targets. */

const STEPS = 64;

/** The mean squared distance of what the layer makes of `image` from `target`, at each of many steps. */
async function distances(layer: LayerConfig, image: readonly number[], target: readonly number[]): Promise<number[]> {
  const layers = [layer, { type: 'Flatten' }, { type: 'PReLU', alphaInitializer: 'ones', trainable: false }];
  const options = { optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', workers: 1, seed: 3 } as const;
  await using trainer = await Trainer.create([...layers, { type: 'PReLU', alphaInitializer: 'ones' }], options);
  const shape = layer.inputShape as number[];
  const data = {
    x: { values: Float32Array.from(image), shape: [1, ...shape] },
    y: { values: Float32Array.from(target), shape: [1, target.length] },
  };
  const found: number[] = [];
  for (let step = 0; step < STEPS; step++) found.push((await trainer.trainOnBatch(data)).loss);
  return found;
}

const near = (found: readonly number[], value: number): number =>
  found.filter((distance) => Math.abs(distance - value) < 1e-6).length;

const IMAGE = [1, 2, 3, 4, 5, 6];

describe('While training', () => {
  for (const [mode, flipped] of [
    ['horizontal', [3, 2, 1, 6, 5, 4]],
    ['vertical', [4, 5, 6, 1, 2, 3]],
    ['horizontalAndVertical', [6, 5, 4, 3, 2, 1]],
  ] as const) {
    test(`RandomFlip turns about half of the images round, ${mode}, and leaves the others`, async () => {
      const layer = { type: 'RandomFlip', mode, inputShape: [2, 3, 1] };
      const away = flipped.reduce((sum, value, i) => sum + (value - IMAGE[i]) ** 2 / 6, 0);
      const found = await distances(layer, IMAGE, IMAGE);
      const [kept, turned] = [near(found, 0), near(found, away)];
      assert.equal(kept + turned, STEPS);
      assert.ok(kept > STEPS / 4 && turned > STEPS / 4, `${kept} stay, ${turned} are turned`);
    });
  }

  test('RandomBrightness adds numbers between the ends of its factor, times the range of values', async () => {
    const layer = { type: 'RandomBrightness', factor: [0.1, 0.3], valueRange: [0, 10], inputShape: [2, 3, 1] };
    const added = (await distances(layer, IMAGE, IMAGE)).map(Math.sqrt);
    assert.ok(Math.min(...added) >= 1 && Math.max(...added) <= 3, `${Math.min(...added)} to ${Math.max(...added)}`);
    assert.ok(Math.max(...added) - Math.min(...added) > 1.5);
  });

  test('RandomContrast moves pixels from their mean by a factor between its ends', async () => {
    const layer = { type: 'RandomContrast', factor: [0.2, 0.5], valueRange: [-20, 20], inputShape: [2, 3, 1] };
    const spread = Math.sqrt(35 / 12);
    const moved = (await distances(layer, IMAGE, IMAGE)).map((distance) => Math.sqrt(distance) / spread);
    assert.ok(Math.max(...moved) <= 0.5 + 1e-6 && Math.max(...moved) > 0.3);
  });

  test('RandomGrayscale takes its share of the images for grey ones', async () => {
    const layer = { type: 'RandomGrayscale', factor: 0.25, inputShape: [1, 1, 3] };
    const kept = near(await distances(layer, [1, 0, 0], [1, 0, 0]), 0);
    assert.ok(kept > STEPS / 2 && kept < STEPS, `${kept} of ${STEPS} keep their colours`);
  });

  test('RandomCrop takes every place about equally often', async () => {
    const layer = { type: 'RandomCrop', height: 1, width: 1, inputShape: [2, 2, 1] };
    const found = await distances(layer, [0, 1, 2, 3], [0]);
    for (const place of [0, 1, 2, 3]) {
      const times = near(found, place ** 2);
      assert.ok(times > STEPS / 16 && times < STEPS / 2, `place ${place} is taken ${times} times of ${STEPS}`);
    }
  });
});
