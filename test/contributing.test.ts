import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../src/shared/packageRoot.js';

/** The recipes of docs/contributing.md, each followed once in a copy of the sources. */

const run = promisify(execFile);
const root = packageRoot(import.meta.url);

/** A file that is new (`text`), or a text that comes before the first place of another one. */
type Edit =
  | { readonly text: string }
  | { readonly before: string; readonly insert: string }
  | { readonly before: string; readonly instead: string };

interface Recipe {
  readonly most: number;
  readonly edits: Readonly<Record<string, Edit | readonly Edit[]>>;
}

const lower = 'src/coordinator/compiler/lower';

const recipes: Readonly<Record<string, Recipe>> = {
  'a layer on existing kernels': {
    most: 2,
    edits: {
      // TensorFlow.js knows the class; that the new lowering is the one in use shows in the name of its argument.
      [`${lower}/layers/stack.ts`]: {
        text: `import type { LayerLowering } from '../layer.js';
import { repeatVector } from './repeatVector.js';

export const stack: LayerLowering = { ...repeatVector, renamed: { times: 'n' } } as LayerLowering;
`,
      },
      [`${lower}/layers/index.ts`]: [
        { before: 'import { timeDistributed }', insert: "import { stack } from './stack.js';\n" },
        { before: '...[cropping1d, cropping2d,', insert: '...[stack],\n    ' },
      ],
    },
  },
  'a loss over elements': {
    most: 5,
    edits: {
      'src/coordinator/options/losses.ts': {
        before: "elementLoss('poisson'",
        insert: "elementLoss('meanQuarticError', {}),\n  ",
      },
      'src/shared/kernels/losses.ts': {
        before: '  binaryCrossentropy: {',
        insert: '  meanQuarticError: { at: (p, t) => (p - t) ** 4, slope: (p, t) => 4 * (p - t) ** 3 },\n',
      },
      'native/src/families/loss/elements.h': {
        before: '// No gradient where the clip acts.',
        insert: `struct QuarticError {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return square(square(p - t)); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) { return broadcast(4.0f) * square(p - t) * (p - t); }
};

`,
      },
      'native/src/families/loss/elementLosses.h': {
        before: '  kBinaryCrossentropy,',
        insert: '  kMeanQuarticError,\n',
      },
      'native/src/families/loss/kernels.h': {
        before: '    case kBinaryCrossentropy:',
        insert: '    case kMeanQuarticError: return lossOf<QuarticError>(context, a);\n',
      },
    },
  },
  'a metric on existing kernels': {
    most: 4,
    edits: {
      'src/coordinator/options/metrics.ts': {
        before: "  metric('rootMeanSquaredError'",
        insert: "  metric('rootMeanQuarticError', {}, { aliases: ['rmqe'] }),\n",
      },
      [`${lower}/metric.ts`]: {
        before: "    case 'rootMeanSquaredError':",
        insert:
          "    case 'rootMeanQuarticError':\n      return { ...dense(spec, place, meanOf(readLoss('meanQuarticError'))), form: { kind: 'root' } };\n",
      },
    },
  },
  'an optimizer': {
    most: 5,
    edits: {
      'src/shared/optimizers/signSgd.ts': {
        text: `import type { UpdateCall } from '../kernels/updateCall.js';
import { optimizer } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const signSgd = optimizer({
  kind: 'signsgd',
  arguments: {},
  /** rate */
  kernel: { name: 'signSgd', vectors: 0, scalars: 1, update },
  vectors: () => [],
  scalars: (_, rate) => [rate],
});

function update(f32: Float32Array, call: UpdateCall): void {
  const [rate] = call.scalars;
  for (let e = call.from; e < call.to; e++) {
    f32[call.parameters + e] = weightOf(f32, call, e) - rate * Math.sign(gradientOf(f32, call, e));
  }
}
`,
      },
      'src/shared/optimizers/optimizers.ts': [
        { before: 'import { sgd }', insert: "import { signSgd } from './signSgd.js';\n" },
        { before: 'ftrl, scheduleFreeAdamW', insert: 'signSgd, ' },
      ],
      'src/coordinator/options/optimizerFactories.ts': {
        before: '/** Lion (Chen et al., 2023)',
        insert: `export function signSgd(options: OptimizerOptions<OptimizerSpecOf<'signsgd'>> = {}): OptimizerSpecOf<'signsgd'> {
  return read('signsgd', options);
}

`,
      },
      'native/src/updates.h': [
        {
          before: 'inline void averageWeights(',
          insert: `inline void signSgd(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]);
  updateWeights(s, [&](i64, i64, V g) { return rate * signOf(g); });
}

`,
        },
        { before: 'averageWeights, penaltyGradient', insert: 'signSgd, ' },
      ],
      'native/src/updateStep.h': { before: '{"average", 1, 1, 1}', insert: '{"signSgd", 0, 0, 1}, ' },
    },
  },
  'a format of data': {
    most: 3,
    edits: {
      // Rows as they stand in a JSON file: {"x": [[…], …], "y": [[…], …]}.
      'src/run/data/json.ts': {
        text: `import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { section, text } from '../../coordinator/options/fields.js';
import type { CountedRows, DataFormat, KeptReading } from './format.js';

type Kept = KeptReading & { readonly rows: number };

const schema = section({ json: text('the path of a .json file') });

export const json: DataFormat<typeof schema, Kept> = {
  key: 'json',
  schema,
  paths: ['json'],
  file: 'a .json file of x and y',
  areModules: false,
  conflict: () => undefined,
  load: async ({ json }) => {
    const train = await readJson(json);
    return { train, validation: null, kept: { rows: train.rows } };
  },
  read: readJson,
  readLabelled: readJson,
  keptSchema: z.object({ rows: z.int() }),
  difference: (began, found) => (began.rows === found.rows ? undefined : 'has other rows; restore it'),
  naming: () => ({ target: 'numbers', label: [] }),
};

export async function readJson(path: string): Promise<CountedRows> {
  const { x, y } = JSON.parse(await readFile(path, 'utf8')) as { x: number[][]; y: number[][] };
  return { x, y, rows: x.length };
}
`,
      },
      'src/run/data/formats.ts': [
        { before: 'import { source }', insert: "import { json } from './json.js';\n" },
        { before: 'source, table, sql] as const', insert: 'json, ' },
      ],
    },
  },
  'a form of a TensorFlow.js kernel': {
    most: 1,
    edits: {
      'src/coordinator/tracing/forms/elementwise.ts': {
        // It is there already, as all of this kind are: its line is written anew.
        before: "  FloorDiv: pairForm((a, b, call) => call.unary('floor', call.binary('div', a, b)), 'any'),\n",
        instead: `  FloorDiv: pairForm((a, b, call) => {
    const ratio = call.binary('div', a, b);
    return call.unary('floor', ratio);
  }, 'any'),
`,
      },
    },
  },
  'a command': {
    most: 2,
    edits: {
      'src/cli/greet.ts': {
        text: `import type { Command } from 'commander';
import { print } from './output.js';

export function addGreetCommand(program: Command): void {
  program.command('greet').action(() => print('good day'));
}
`,
      },
      'src/cli/program.ts': [
        {
          before: '  inspect: async () =>',
          insert: "  greet: async () => (await import('./greet.js')).addGreetCommand,\n",
        },
      ],
    },
  },
};

const script = `
import * as tf from '@tensorflow/tfjs-core';
import { Trainer, signSgd } from './dist/src/index.js';
const layers = [{ type: 'Dense', units: 2, inputShape: [3], useBias: false }, { type: 'RepeatVector', times: 2 }];
const trainer = await Trainer.create(layers, {
  loss: 'mean_quartic_error', metrics: ['rmqe', function quarters(t, p) { return tf.mean(tf.floorDiv(tf.abs(t), 4)); }], optimizer: signSgd({ learningRate: 0.5 }), engine: process.argv[2], workers: 1,
});
const before = trainer.weights()[0].values;
const logs = await trainer.trainOnBatch({ x: [[1, 1, 1]], y: [[[9, -9], [9, -9]]] });
const after = trainer.weights()[0].values;
await trainer.close();
console.log(JSON.stringify({ logs, before: [...before], moves: [...after].map((value, i) => value - before[i]) }));
`;

function edited(text: string, edit: Edit): string {
  if ('text' in edit) return edit.text;
  return text.replace(edit.before, () => ('instead' in edit ? edit.instead : edit.insert + edit.before));
}

async function follow(folder: string, { edits }: Recipe): Promise<void> {
  for (const [file, given] of Object.entries(edits)) {
    const path = join(folder, file);
    for (const edit of [given].flat()) {
      const text = 'text' in edit ? '' : await readFile(path, 'utf8');
      if (!('text' in edit)) assert.ok(text.includes(edit.before), `${file} lacks ${edit.before}`);
      await writeFile(path, edited(text, edit));
    }
  }
}

describe('docs/contributing.md', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-contributing-'));
    for (const part of ['src', 'native', 'scripts', 'package.json', 'tsconfig.json']) {
      await cp(join(root, part), join(folder, part), {
        recursive: true,
        filter: (path) => !path.includes('native/build'),
      });
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const recipe of Object.values(recipes)) await follow(folder, recipe);
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    // What does not compile is told on the standard output.
    await run(process.execPath, [compiler, '-p', '.'], { cwd: folder }).catch((error) => assert.fail(error.stdout));
    await writeFile(join(folder, 'try.mjs'), script);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('the recipes touch no more files than the page says', async () => {
    const page = await readFile(join(root, 'docs/contributing.md'), 'utf8');
    for (const [what, { most, edits }] of Object.entries(recipes)) {
      const files = Object.keys(edits).length;
      assert.ok(files <= most, `${what} touches ${files} files`);
      assert.match(page, new RegExp(`\\| ${what} +\\| ${files} +\\|`), `the page tells another number for ${what}`);
    }
  });

  test('what they add trains on the reference engine: the loss, the metric, and a step of the optimizer', async () => {
    const { stdout } = await run(process.execPath, ['try.mjs', 'reference'], { cwd: folder });
    const { logs, before: kernel, moves } = JSON.parse(stdout);
    const outputs = [0, 1].map((unit) => kernel[unit] + kernel[2 + unit] + kernel[4 + unit]);
    const loss = ((outputs[0] - 9) ** 4 + (outputs[1] + 9) ** 4) / 2;
    assert.ok(Math.abs(logs.loss / loss - 1) < 1e-5, `${logs.loss} is not ${loss}`);
    assert.ok(Math.abs(logs.rootMeanQuarticError / Math.sqrt(loss) - 1) < 1e-5);
    assert.equal(logs.quarters, Math.floor(9 / 4));
    for (const [i, move] of moves.entries()) assert.ok(Math.abs(move - (i % 2 === 0 ? 0.5 : -0.5)) < 1e-6, `${moves}`);
  });

  test('the native forms compile', async (t) => {
    const compiler = process.env.CXX ?? 'c++';
    const isThere = await run(compiler, ['--version']).then(
      () => true,
      () => false,
    );
    if (!isThere) return t.skip('there is no C++ compiler');
    for (const unit of ['kernels.cc', 'families/loss/entries.cc', 'families/loss/spec.cc']) {
      await run(compiler, ['-std=c++17', '-fsyntax-only', join(folder, 'native/src', unit)]);
    }
  });

  test('a run of the new format trains, and its model is evaluated on such a file', async () => {
    const rows = { x: [[0], [1], [2], [3]], y: [[1], [3], [5], [7]] };
    await writeFile(join(folder, 'line.json'), JSON.stringify(rows));
    const config = {
      model: { layers: [{ type: 'Dense', units: 1, inputShape: [1] }] },
      data: { json: 'line.json' },
      compile: { loss: 'mse', optimizer: { name: 'adam', learningRate: 0.1 } },
      fit: { epochs: 200 },
      run: { workers: 1, engine: 'reference', out: 'run' },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const main = join(folder, 'dist/src/cli/main.js');
    await run(process.execPath, [main, 'train', 'config.json'], { cwd: folder });
    const { stdout } = await run(process.execPath, [main, 'evaluate', 'run', '--data', 'line.json', '--json'], {
      cwd: folder,
    });
    assert.ok(JSON.parse(stdout).loss < 0.05, stdout);
  });

  test('the command runs', async () => {
    const { stdout } = await run(process.execPath, ['dist/src/cli/main.js', 'greet'], { cwd: folder });
    assert.equal(stdout, 'good day\n');
  });
});
