/**
 * Draws models with Keras, has it serialise them, and runs them here: outputs, losses and one step of SGD within 1e-5.
 *
 *   pip install keras tensorflow-cpu && node scripts/compare-keras.js --runs 300 --seed 1 --python python3
 *
 * compare-keras/main.py draws. Each model comes as `model.to_json()` has it, with its losses and its optimizer in `compile_config`,
 * its weights as plain arrays by layer. An error is relative to the largest value of its tensor, or to 1; that of a step to the largest
 * change of any weight too. Says how many models agree, differ, and are refused, with the reasons; ends with 1 where one
 * differs. docs/keras-comparison.md has the last figures.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const library = join(dirname(here), 'dist', 'src', 'index.js');
const TOLERANCE = 1e-5;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    python: { type: 'string', default: 'python3' },
    /** The number of one model, to look at: it is printed as it came. */
    only: { type: 'string' },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--runs is ${values.runs} and --seed ${values.seed}; give whole numbers, at least one run.`);
  process.exit(2);
}
if (!existsSync(library)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}

const { Trainer } = await import(pathToFileURL(library).href);
process.exitCode = await compareAll();

async function compareAll() {
  const args = [
    join(here, 'compare-keras', 'main.py'),
    String(runs),
    String(seed),
    ...(values.only ? [values.only] : []),
  ];
  const python = spawn(values.python, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => python.on('error', resolve).on('close', resolve));
  const found = { agree: [], differ: [], refused: [] };
  let worst = 0;
  let versions = '';
  for await (const line of createInterface({ input: python.stdout })) {
    const given = JSON.parse(line);
    if (given.keras !== undefined) versions = `Keras ${given.keras}, seed ${seed}`;
    if (given.model === undefined) continue;
    if (values.only !== undefined) console.log(JSON.stringify(given));
    const { verdict, error, reason } = await judge(given);
    found[verdict].push({ ...given, reason });
    if (verdict === 'agree') worst = Math.max(worst, error);
    else console.log(`${verdict} ${given.number} (${given.kind}: ${layersIn(given.model).join(', ')}): ${reason}`);
  }
  const status = await ended;
  if (status !== 0) {
    console.error(
      `${values.python} did not end well (${status.message ?? `exit code ${status}`}); it needs keras and tensorflow.`,
    );
    return 2;
  }
  const { agree, differ, refused } = found;
  console.log(
    `${versions}: ${agree.length} agree (worst error ${worst.toExponential(1)}), ${differ.length} differ, ${refused.length} are refused.`,
  );
  return differ.length > 0 ? 1 : 0;
}

/** Whether a model agrees; `reason` says where it does not, or why it is refused. */
async function judge(given) {
  try {
    const { error, where } = await compare(given);
    return error <= TOLERANCE
      ? { verdict: 'agree', error }
      : { verdict: 'differ', reason: `${where} by ${error.toExponential(1)}` };
  } catch (error) {
    const isSentence = error.name === 'LockstepError' && error.code !== 'RANK_FAILED';
    return { verdict: isSentence ? 'refused' : 'differ', reason: `${error.code ?? error.stack}: ${error.message}` };
  }
}

/** The largest error, and where it is. */
async function compare({ model, inputs, targets, sampleWeight, learns, weights, outputs, loss, trained }) {
  const data = {
    x: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, sourceOf(tensor)])),
    y: targets.length === 1 ? sourceOf(targets[0]) : targets.map(sourceOf),
    ...(sampleWeight !== null && { sampleWeight: sourceOf(sampleWeight) }),
  };
  if (Object.keys(inputs).length === 1) data.x = Object.values(data.x)[0];
  const trainer = await Trainer.create(model, { workers: 1 });
  try {
    const before = withValues(trainer.weights(), weights);
    if (learns) await setWeights(trainer, before, data);
    const errors = [];
    const note = (where, found, right, scale = largest(right)) => {
      errors.push({ where, error: distance(found, right) / Math.max(1, scale) });
    };
    const made = [await trainer.predict({ x: data.x })].flat();
    for (const [i, { values }] of made.entries()) note(`output ${i} differs`, values, outputs[i].values);
    note('the loss differs', [(await trainer.testOnBatch(data)).loss], [loss]);
    if (trained !== null) {
      note('the loss in training differs', [(await trainer.trainOnBatch(data)).loss], [trained.loss]);
      const after = withValues(trainer.weights(), trained.weights);
      const changes = after.map(({ values }, i) => values.map((value, e) => value - before[i].values[e]));
      const scale = Math.max(0, ...changes.map(largest), ...after.map(({ values }) => largest(values)));
      for (const [i, { name, values }] of trainer.weights().entries()) {
        note(`a step changes ${name} otherwise`, values, after[i].values, scale);
      }
    }
    const isWorse = (one, other) => one.error > other.error || Number.isNaN(one.error);
    return errors.reduce((worst, one) => (isWorse(one, worst) ? one : worst), { error: 0, where: '' });
  } finally {
    await trainer.close();
  }
}

/** Weights with Keras's values, which stand by layer in the order of its weights. */
function withValues(weights, byLayer) {
  const left = new Map(Object.entries(byLayer).map(([layer, values]) => [layer, [...values]]));
  return weights.map((weight) => {
    const [layer] = [...left.keys()]
      .filter((name) => weight.name.startsWith(`${name}/`))
      .sort((a, b) => b.length - a.length);
    const values = left.get(layer)?.shift();
    if (values?.length !== weight.values.length) throw new Error(`${weight.name} is another weight than Keras's`);
    return { ...weight, values: Float32Array.from(values) };
  });
}

/** Gives a trainer weights without a step. */
async function setWeights(trainer, weights, data) {
  const given = { onEpochBegin: (_, fit) => fit.stopTraining(), onTrainEnd: (_, fit) => fit.setWeights(weights) };
  await trainer.fit(data, { callbacks: [given] });
}

function sourceOf({ shape, dtype, values }) {
  return { shape, values: dtype.startsWith('int') ? Int32Array.from(values) : Float32Array.from(values) };
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function distance(found, right) {
  if (found.length !== right.length) return Number.POSITIVE_INFINITY;
  return right.reduce((most, value, i) => Math.max(most, Math.abs(found[i] - value)), 0);
}

function layersIn({ config }) {
  return config.layers.flatMap((layer) => {
    if (layer.class_name === 'InputLayer') return [];
    return layer.config.layers === undefined ? [layer.class_name] : layersIn(layer);
  });
}
