import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Trainer } from '../dist/src/index.js';

/**
 * How long a `predict` of 32 rows takes when nobody has asked for anything before: medians in milliseconds, by the
 * milliseconds of rest. Ranks end their tasks after 100 ms.
 */

const { values } = parseArgs({ options: { workers: { type: 'string', default: '1' } } });
const RESTS = [0, 10, 50, 90, 150, 300];
const CALLS = 31;

const trainer = await Trainer.create(
  [
    { type: 'Dense', units: 16, activation: 'relu', inputShape: [8] },
    { type: 'Dense', units: 1 },
  ],
  { optimizer: 'sgd', loss: 'meanSquaredError', workers: Number(values.workers) },
);
const x = new Float32Array(8 * 32);
for (let call = 0; call < 200; call++) await trainer.predict({ x });

for (const rest of RESTS) {
  const times = [];
  for (let call = 0; call < CALLS; call++) {
    if (rest > 0) await sleep(rest);
    const began = performance.now();
    await trainer.predict({ x });
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  console.log(`after ${rest} ms of rest: ${times[CALLS >> 1].toFixed(2)} ms`);
}
await trainer.close();
