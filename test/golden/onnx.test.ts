import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sgd } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import type { EngineName } from '../../src/shared/protocol/messages.js';
import { InProcessRank } from '../helpers/inProcess.js';
import { BATCHES, largestError, OnnxModel, type Rows, repeatedRows } from '../helpers/onnxAgreement.js';
import { findOnnxruntime, type Onnxruntime, WITHOUT_ONNXRUNTIME } from '../helpers/onnxruntime.js';
import { type Golden, type GoldenCase, readFamilies } from './cases.js';
import { tensorError, Worst } from './compare.js';
import { dataOf, openGolden } from './subject.js';

/** Every model of cases/, as an ONNX file in onnxruntime, gives Keras's numbers and Lockstep's. */

const TOLERANCE = 1e-5;

/** Sigmoid of onnxruntime 1.30.0 is 0 below −18: such outputs are compared by their absolute errors. */
const tiny = new Set(['binaryCrossentropy of logits far out']);

const runtime = findOnnxruntime();
const engine: EngineName = findAddon().addon === null ? 'reference' : 'native';

for (const { name, cases } of readFamilies()) {
  test(`${name}: onnxruntime gives the outputs of Keras and of Lockstep within ${TOLERANCE}`, async (t) => {
    if (runtime === null) return t.skip(WITHOUT_ONNXRUNTIME);
    const family = new Worst();
    for (const { given, expected } of cases) {
      await t.test(given.title, async () => {
        const worst = await compare(given, expected, runtime);
        family.see(worst.error, `${given.title}: ${worst.where}`);
        assert.ok(worst.error < TOLERANCE, `relative error ${worst}`);
      });
    }
    t.diagnostic(`${name}: worst relative error ${family}`);
  });
}

async function compare(given: GoldenCase, expected: Golden, runtime: Onnxruntime): Promise<Worst> {
  const open = await openGolden(given, expected, engine);
  const data = dataOf(given, expected);
  const inputs = inputsOf(data.x as Rows | Readonly<Record<string, Rows>>);
  const onnx = await OnnxModel.open(runtime, open.description, open.weights);
  const optimizer = sgd({ learningRate: 1 });
  const rank = await InProcessRank.attach({ ...open, engine, optimizer, batchSize: given.rows });
  const ours = rank.predict(data.x);
  const worst = new Worst();
  const scale = tiny.has(given.title) ? 1 : undefined;
  (await onnx.run(inputs, given.rows)).forEach(({ data, dims }, i) => {
    const { shape } = expected.outputs[i];
    assert.deepEqual(dims, shape);
    worst.see(tensorError(data, expected.outputs[i], scale), `output ${i} beside Keras`);
  });
  for (const rows of BATCHES) {
    (await onnx.run(inputs, rows)).forEach(({ data }, i) => {
      const error = largestError(data, repeatedRows(ours[i], given.rows, rows), scale);
      worst.see(error, `output ${i} of ${rows} rows beside Lockstep`);
    });
  }
  await onnx.release();
  return worst;
}

/** One tensor, or several by name. */
function inputsOf(x: Rows | Readonly<Record<string, Rows>>): Rows[] {
  return 'values' in x && 'shape' in x ? [x as Rows] : Object.values(x as Record<string, Rows>);
}
