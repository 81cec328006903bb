import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { saveOnnxFile } from '../dist/src/coordinator/models/onnx/index.js';

/**
 * How long a large model takes to be written as an ONNX file, and the most memory that the process has held by then:
 * Dense layers of 5,000 units, `--layers` of them (6 are 600 MB).
 *
 *   node scripts/onnx-speed.js --layers 6 --runs 5
 */

const { values } = parseArgs({
  options: { layers: { type: 'string', default: '6' }, runs: { type: 'string', default: '5' } },
});
const UNITS = 5000;
const count = Number(values.layers);

const layers = Array.from({ length: count }, (_, i) => ({
  name: `dense_${i}`,
  type: 'Dense',
  config: { units: UNITS, activation: 'relu' },
  inputShape: [UNITS],
  outputShape: [UNITS],
  weights: [
    { name: `dense_${i}/kernel`, shape: [UNITS, UNITS], trainable: true, moving: false },
    { name: `dense_${i}/bias`, shape: [UNITS], trainable: true, moving: false },
  ],
  trained: true,
}));
const shapes = { inputShapes: [[UNITS]], outputShapes: [[UNITS]] };
const model = {
  name: 'large',
  inputs: [{ name: 'x', shape: [UNITS] }],
  layers,
  nodes: layers.map((_, layer) => ({ layer, inputs: [layer], ...shapes })),
  outputs: [{ name: 'y', value: count, shape: [UNITS] }],
};
const weights = new Map(
  layers.flatMap((layer) =>
    layer.weights.map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, new Float32Array(size).fill(0.25)];
    }),
  ),
);

const folder = await mkdtemp(join(tmpdir(), 'lockstep-onnx-speed-'));
try {
  const times = [];
  const path = join(folder, 'large.onnx');
  for (let run = 0; run < Number(values.runs); run++) {
    const began = performance.now();
    await saveOnnxFile(path, model, weights);
    times.push((performance.now() - began) / 1000);
  }
  times.sort((a, b) => a - b);
  const { size } = await stat(path);
  const data = await stat(`${path}.data`).catch(() => ({ size: 0 }));
  const most = process.resourceUsage().maxRSS / 1024 ** 2;
  console.log(
    `${((size + data.size) / 1e6).toFixed(0)} MB: ${times[times.length >> 1].toFixed(2)} s (${times[0].toFixed(2)} to ${times.at(-1).toFixed(2)}), at most ${most.toFixed(2)} GB held`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
