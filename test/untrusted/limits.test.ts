import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { data, LockstepError, Trainer, train } from '../../src/index.js';
import { inspect } from '../../src/run/inspection.js';
import { checkGraph } from '../../src/shared/tfjs/graphCheck.js';

/** Files whose reading would not end, or take far more memory than they have bytes. */

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

type Reads = readonly (readonly [layer: string, call?: number])[];
const layer = (name: string, calls: readonly Reads[], class_name = 'Activation') => ({
  name,
  class_name,
  config:
    class_name === 'InputLayer'
      ? { name, batch_input_shape: [null, 2], dtype: 'float32', sparse: false }
      : { name, activation: 'tanh', trainable: true },
  inbound_nodes: calls.map((reads) => reads.map(([from, call = 0]) => [from, call, 0, {}])),
});
const input = layer('in', [], 'InputLayer');
const graph = (layers: readonly object[], output = 'out', name = 'model') => ({
  class_name: 'Model',
  config: { name, layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] },
});
const chain = (length: number) => [
  input,
  ...Array.from({ length }, (_, i) => layer(i === length - 1 ? 'out' : `l${i}`, [[[i === 0 ? 'in' : `l${i - 1}`]]])),
];

async function modelFolder(topology: object, paths: readonly string[] = []): Promise<string> {
  const path = await mkdtemp(at('model-'));
  const json = { modelTopology: topology, weightsManifest: [{ paths, weights: [] }] };
  await writeFile(join(path, 'model.json'), JSON.stringify(json));
  return path;
}

const refusal = async (work: Promise<unknown>): Promise<LockstepError> => {
  const error = await work.then(
    () => assert.fail('it was taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LockstepError, String(error));
  assert.equal(error.blame, 'user');
  return error;
};

describe('A model graph that no loader can build is refused before TensorFlow.js sees it', () => {
  const nested = (depth: number): object =>
    depth === 0
      ? layer('out', [[['in']]])
      : { ...graph([input, nested(depth - 1)]), name: 'out', inbound_nodes: [[['in', 0, 0, {}]]] };
  const table: [what: string, topology: object, sentence: RegExp][] = [
    [
      'a circle of two',
      graph([input, layer('a', [[['out']]]), layer('out', [[['a']]])]),
      /read each other in a circle/,
    ],
    ['a layer that reads itself', graph([input, layer('out', [[['out']]])]), /in a circle, layer out among them/],
    ['a circle of two calls of one layer', graph([input, layer('out', [[['out', 1]], [['out']]])]), /in a circle/],
    [
      'a layer that is not there',
      graph([input, layer('out', [[['nobody']]])]),
      /layer nobody, which is not in the model/,
    ],
    [
      'a call that is not there',
      graph([input, layer('a', [[['in']]]), layer('out', [[['a', 7]]])]),
      /call 7 of layer a/,
    ],
    ['a layer that nobody calls', graph([input, layer('a', []), layer('out', [[['a']]])]), /layer a, which is not/],
    ['an output that is not there', graph([input, layer('a', [[['in']]])]), /layer out, which is not in the model/],
    [
      'two layers of a name',
      graph([input, layer('out', [[['in']]]), layer('out', [[['in']]])]),
      /two layers named out/,
    ],
    ['a name with control characters', graph([input, layer('a\u001b[2J', [[['in']]])]), /has control characters/],
    ['6,000 layers in a chain', graph(chain(6_000)), /more than 5,000 deep/],
    [
      'a circle in a model within it',
      graph([
        input,
        { ...graph([input, layer('out', [[['out']]])]), name: 'out', inbound_nodes: [[['in', 0, 0, {}]]] },
      ]),
      /in a circle/,
    ],
    ['models within models', nested(40), /nests more than 32 models/],
  ];
  for (const [what, topology, sentence] of table) {
    test(what, async () => {
      const { code, message } = await refusal(inspect(await modelFolder(topology)));
      assert.equal(code, 'INVALID_MODEL');
      assert.match(message, sentence);
    });
  }

  test('graphs that can be built pass: shared layers, models within models, long chains', async () => {
    const shared = layer('shared', [[['in']], [['shared']]]);
    checkGraph(graph([input, shared, layer('out', [[['shared', 1]]])]));
    checkGraph(nested(3));
    checkGraph(graph(chain(2_000)));
    const { layers } = await inspect(await modelFolder(graph(chain(200))));
    assert.equal(layers.length, 200);
  });

  test('the check takes time in proportion to the layers, also where many read one', () => {
    const fan = (count: number) => Array.from({ length: count }, (_, i) => layer(`l${i}`, [[['in']]]));
    const began = performance.now();
    checkGraph(graph([input, ...fan(50_000)], 'l0'));
    assert.ok(performance.now() - began < 5_000);
  });
});

test('A manifest that names one file 5,000 times, also by links, is refused before it is read', async () => {
  const path = await modelFolder(graph(chain(2)), Array(5_000).fill('weights.bin'));
  await writeFile(join(path, 'weights.bin'), new Uint8Array(1 << 20));
  assert.match((await refusal(inspect(path))).message, /names the weight file weights\.bin more than once/);
  const linked = await modelFolder(graph(chain(2)), ['a.bin', 'b.bin']);
  await writeFile(join(linked, 'a.bin'), new Uint8Array(8));
  await symlink('a.bin', join(linked, 'b.bin'));
  assert.match((await refusal(inspect(linked))).message, /more than once/);
});

describe('A gzipped table that unpacks to a thousand times its size is refused', () => {
  const contents: [what: string, text: string][] = [
    ['a cell of 16 MB', `a,b\n${'1'.repeat(16e6)},2\n`],
    ['a header of 16 MB', `${'a'.repeat(16e6)},b\n1,2\n`],
    ['rows of zeros', `a,b\n${'0,1\n'.repeat(4e6)}`],
    ['empty lines', `a,b\n${'\n'.repeat(16e6)}1,2\n`],
    ['quotes', `a,b\n"${'""'.repeat(8e6)}",2\n`],
  ];
  for (const [what, text] of contents) {
    test(what, async () => {
      await writeFile(at('bomb.csv.gz'), gzipSync(text));
      const { code, message } = await refusal(data.csv(at('bomb.csv.gz')));
      assert.equal(code, 'CSV_TOO_PACKED');
      assert.match(message, /unpacks to more than .*unpack it first/);
    });
  }

  test('what shrinks to a tenth is read', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${(i * 7919) % 1000},${i % 3}`).join('\n');
    await writeFile(at('good.csv.gz'), gzipSync(`a,b\n${rows}\n`));
    assert.equal((await data.csv(at('good.csv.gz'))).rows, 20_000);
  });
});

describe('A pipe in the place of a file is refused, not waited for', { skip: process.platform === 'win32' }, () => {
  before(async () => {
    await mkdir(at('pipe'));
    await mkdir(at('weights'));
    for (const name of ['t.csv', 'c.yaml', 'm.json', 'c.ckpt', 'weights/w.bin']) execFileSync('mkfifo', [at(name)]);
    execFileSync('mkfifo', [at('pipe', 'config.json')]);
    const json = { modelTopology: graph(chain(2)), weightsManifest: [{ paths: ['w.bin'], weights: [] }] };
    await writeFile(at('weights', 'model.json'), JSON.stringify(json));
  });
  const table: [what: string, read: () => Promise<unknown>][] = [
    ['a table', () => data.csv(at('t.csv'))],
    ['a config', () => train(at('c.yaml'))],
    ['a model', () => Trainer.create(at('m.json'), { optimizer: 'sgd', loss: 'meanSquaredError' })],
    ['a model or config to inspect', () => inspect(at('m.json'))],
    ['a checkpoint', () => Trainer.resume(at('c.ckpt'))],
    ['a file of weights', () => inspect(at('weights'))],
    ['the config of a run', () => train(at('pipe'))],
  ];
  for (const [what, read] of table) {
    test(what, { timeout: 20_000 }, async () => {
      assert.match((await refusal(read())).message, /cannot be read.*: it is a pipe|without a config\.json/);
    });
  }
});
