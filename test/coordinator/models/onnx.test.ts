import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { activationNames } from '../../../src/coordinator/compiler/lower/activations.js';
import { layerLowerings } from '../../../src/coordinator/compiler/lower/layers/index.js';
import { layerForms } from '../../../src/coordinator/models/onnx/forms/index.js';
import { saveOnnxFile } from '../../../src/coordinator/models/onnx/index.js';
import { onnxGraphOf } from '../../../src/coordinator/models/onnx/model.js';
import { ModelProtoSchema, TensorProto_DataLocation } from '../../../src/coordinator/models/onnx/proto/onnx_pb.js';
import { openModel, readModel } from '../../../src/coordinator/models/open.js';
import { readObjectives } from '../../../src/coordinator/options/objectives.js';
import { type ModelSource, sgd, Trainer } from '../../../src/index.js';
import { packageRoot } from '../../../src/shared/packageRoot.js';
import { tfl } from '../../../src/shared/tfjs/tfjs.js';
import { findOnnxruntime, openSession, WITHOUT_ONNXRUNTIME } from '../../helpers/onnxruntime.js';
import { Scaled } from '../../helpers/ownLayers.js';

const options = { optimizer: sgd(), loss: 'meanSquaredError', workers: 1, seed: 3 } as const;
const mlp = [
  { type: 'Dense', units: 60, activation: 'relu', inputShape: [5] },
  { type: 'Dense', units: 3, activation: 'softmax' },
];

const runtime = findOnnxruntime();
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-onnx-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const parsed = (path: string) => fromBinary(ModelProtoSchema, readFileSync(path));

/** A model with weights drawn from the seed. */
async function opened(source: ModelSource) {
  const objectivesOf = (outputs: readonly { readonly name: string }[]) =>
    readObjectives(
      options,
      outputs.map(({ name }) => name),
    );
  using model = await readModel(source, []);
  return openModel(model, undefined, { seed: 1, engine: 'reference', modules: [], functions: new Map(), objectivesOf });
}

describe('A trainer saves an ONNX file', () => {
  test('of IR 10 and opset 21, for any number of rows, that onnxruntime runs with the trainer’s numbers', async (t) => {
    await using trainer = await Trainer.create(mlp, options);
    await trainer.save(at('mlp.onnx'));
    const { irVersion, opsetImport, graph } = parsed(at('mlp.onnx'));
    assert.deepEqual([irVersion, opsetImport.map(({ domain, version }) => [domain, version])], [10n, [['', 21n]]]);
    const shapes = [...(graph?.input ?? []), ...(graph?.output ?? [])].map(({ type }) => {
      assert.equal(type?.value.case, 'tensorType');
      return type.value.value.shape?.dim.map(({ value }) => value.value);
    });
    assert.deepEqual(shapes, [
      ['batch', 5n],
      ['batch', 3n],
    ]);
    if (runtime === null) return t.diagnostic(WITHOUT_ONNXRUNTIME);
    const session = await openSession(runtime, at('mlp.onnx'));
    for (const rows of [1, 7]) {
      const values = Float32Array.from({ length: rows * 5 }, (_, i) => Math.sin(i));
      const made = await session.run({ [session.inputNames[0]]: new runtime.Tensor('float32', values, [rows, 5]) });
      const got = made[session.outputNames[0]];
      const wanted = await trainer.predict({ values, shape: [rows, 5] });
      assert.deepEqual(got.dims, [rows, 3]);
      got.data.forEach((value, i) => {
        assert.ok(Math.abs(value - wanted.values[i]) < 1e-6);
      });
    }
    await session.release();
  });

  test('whose names are those of the model, an output that is an input or is given twice by a name of its own', async () => {
    const layers = [
      { type: 'Input', name: 'a', shape: [2] },
      { type: 'Dense', name: 'b', units: 2 },
    ];
    const { description, weights } = await opened({ layers, outputs: ['b', 'a', 'b'] });
    const { inputs, outputs, nodes } = onnxGraphOf(description, weights);
    assert.deepEqual(
      [inputs, outputs].map((ports) => ports.map(({ name }) => name)),
      [['a'], ['b', 'a_output', 'b_1']],
    );
    const made = nodes.flatMap((node) => node.outputs);
    assert.equal(new Set([...made, 'a']).size, made.length + 1);
  });

  test('with the weights in a file of their own beyond a size, which onnxruntime finds', async (t) => {
    const { description, weights } = await opened(mlp);
    await saveOnnxFile(at('large.onnx'), description, weights, 500);
    const tensors = parsed(at('large.onnx')).graph?.initializer ?? [];
    const outside = tensors.filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
    assert.deepEqual(
      outside.map(({ dims }) => dims),
      [[5n, 60n]],
    );
    const { externalData } = outside[0];
    assert.equal(externalData.find(({ key }) => key === 'location')?.value, 'large.onnx.data');
    if (runtime === null) return t.diagnostic(WITHOUT_ONNXRUNTIME);
    await saveOnnxFile(at('small.onnx'), description, weights);
    const x = Float32Array.from({ length: 10 }, (_, i) => i / 10);
    const outputs = ['large.onnx', 'small.onnx'].map(async (name) => {
      const session = await openSession(runtime, at(name));
      const made = await session.run({ [session.inputNames[0]]: new runtime.Tensor('float32', x, [2, 5]) });
      return made[session.outputNames[0]].data;
    });
    assert.deepEqual(await outputs[0], await outputs[1]);
  });

  test('in place of an older one, or not at all', async () => {
    await using trainer = await Trainer.create(mlp, options);
    await mkdir(at('folder.onnx'));
    await assert.rejects(trainer.save(at('folder.onnx')), { code: 'MODEL_UNWRITABLE' });
    await assert.rejects(trainer.save(at('none/model.onnx')), { code: 'MODEL_UNWRITABLE' });
    await assert.rejects(trainer.save(at('state.onnx'), { includeOptimizer: true }), {
      code: 'INVALID_OPTION',
      message: /includeOptimizer is true .*for inference alone/,
    });
    assert.ok(!existsSync(at('state.onnx')) && !existsSync(at('none')));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  test('not of a model that leaves lengths open, which is told what to give', async () => {
    await using trainer = await Trainer.create([{ type: 'LSTM', units: 2, inputShape: [null, 2] }], options);
    await assert.rejects(trainer.save(at('open.onnx')), { code: 'UNKNOWN_SHAPE', message: /ONNX needs one shape/ });
  });
});

describe('What has no form in ONNX is refused by name', () => {
  test('all layers at once, before anything is written', async () => {
    const { description, weights } = await opened(mlp);
    const layers = description.layers.map((layer) => ({ ...layer, type: 'Unheard' }));
    await assert.rejects(saveOnnxFile(at('refused.onnx'), { ...description, layers }, weights), ({ code, message }) => {
      assert.equal(code, 'NOT_IN_ONNX');
      for (const { name } of layers) assert.match(message, new RegExp(`Layer ${name} is a Unheard, which has no form`));
      return true;
    });
    assert.ok(!existsSync(at('refused.onnx')));
  });
});

test('A model that TensorFlow.js computes is saved too, but for layers of the caller’s, which are refused by name', async () => {
  await using trainer = await Trainer.create(mlp, { ...options, engine: 'tfjs' });
  await trainer.save(at('network.onnx'));
  assert.ok((parsed(at('network.onnx')).graph?.node.length ?? 0) > 0);
  const own = tfl.sequential({ layers: [new Scaled({ inputShape: [4] })] });
  const module = pathToFileURL(join(packageRoot(import.meta.url), 'dist/test/helpers/ownLayers.js')).href;
  await using other = await Trainer.create(own, { ...options, engine: 'tfjs', modules: [module] });
  await assert.rejects(other.save(at('own.onnx')), {
    code: 'NOT_IN_ONNX',
    message: /is a OwnScaled, which has no form/,
  });
  assert.ok(!existsSync(at('own.onnx')));
});

describe('docs/onnx.md', () => {
  const page = readFileSync(join(packageRoot(import.meta.url), 'docs/onnx.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...row.split('|')[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));

  test('tells the form of every layer that lowers, and of no other', () => {
    const layers = named.filter((name) => /^[A-Z]/.test(name));
    assert.deepEqual(layers.toSorted(), [...layerLowerings.keys()].toSorted());
  });

  test('tells the form of every activation, and of no other', () => {
    const functions = named.filter((name) => /^[a-z]/.test(name));
    assert.deepEqual(functions.toSorted(), [...activationNames].toSorted());
  });

  test('names among those that are refused each layer that has no form', () => {
    const refused = page.slice(page.indexOf('## Refused'));
    const without = [...layerLowerings.keys()].filter((type) => !Object.hasOwn(layerForms, type));
    assert.deepEqual(
      without.filter((type) => !refused.includes(`\`${type}\``)),
      [],
    );
  });
});
