/**
 * Walks every public class of Keras's layers, losses, metrics, optimizers, callbacks, activations, initializers, regularizers and
 * constraints, and says which are here, which differ, and which are refused by name.
 *
 *   pip install keras tensorflow-cpu && node scripts/keras-surface.js --python python3
 *
 * Ends with 1 where a layer is neither here nor refused with a sentence of its own. docs/layers.md has the last figures.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(dirname(here), 'dist', 'src');
const { values } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } });
if (!existsSync(built)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}

const load = (path) => import(pathToFileURL(join(built, path)).href);
const { layerLowerings } = await load('coordinator/compiler/lower/layers/index.js');
const { refusedLayers } = await load('coordinator/compiler/lower/layers/refused.js');
const { readActivation } = await load('coordinator/compiler/lower/activations.js');
const { lossNames } = await load('coordinator/options/losses.js');
const { metricNames } = await load('coordinator/options/metrics.js');
const { optimizerKinds } = await load('coordinator/options/optimizers.js');
const { initialize } = await load('shared/random/initializers.js');
const library = await load('index.js');

/** Layers whose page in docs/layers.md, "Where Lockstep differs from Keras 3", says how. */
const DIFFERING = new Set(['MultiHeadAttention', 'SimpleRNN', 'GRU', 'LSTM', 'BatchNormalization', 'TimeDistributed']);

/** What is the base of others, or holds them together, and trains nothing by itself. */
const BASES =
  /^(Layer|Wrapper|InputSpec|Loss|Metric|MeanMetricWrapper|Optimizer|OptimizerMap|Callback|CallbackList|Initializer|Regularizer|Constraint)$/;

/** Keras's names that are other ones here. */
const RENAMED = {
  KLDivergence: 'kullbackLeiblerDivergence',
  TopKCategoricalAccuracy: 'topKCategoricalAccuracy',
  LogCoshError: 'logCosh',
};

const plain = (name) => (RENAMED[name] ?? name).replaceAll('_', '').toLowerCase();
const among = (names) => {
  const known = new Set([...names].map(plain));
  return (own) => own.some((name) => known.has(plain(name)));
};
const succeeds = (work) => {
  try {
    return work() !== false;
  } catch {
    return false;
  }
};
const isActivation = (name) => {
  const read = readActivation(name);
  return typeof read === 'string' || !('problem' in read);
};

const isHere = {
  layers: (own) => own.some((name) => layerLowerings.has(name) || name === 'InputLayer'),
  losses: among(lossNames),
  metrics: among([...metricNames, ...lossNames]),
  optimizers: among(optimizerKinds),
  callbacks: among([...Object.keys(library.callbacks), 'history', 'progbarLogger']),
  activations: (own) => own.some((name) => succeeds(() => isActivation(name))),
  initializers: (own) =>
    own.some((name) => succeeds(() => initialize({ className: name, config: {} }, [2, 2], [1, 0], 0))),
  regularizers: among(['L1', 'L2', 'L1L2']),
  constraints: among(['MaxNorm', 'MinMaxNorm', 'NonNeg', 'UnitNorm']),
};

const asked = spawnSync(values.python, [join(here, 'keras-surface.py')], { encoding: 'utf8', maxBuffer: 2 ** 24 });
if (asked.status !== 0) {
  console.error(`${values.python} could not list Keras's classes: ${(asked.stderr ?? '').trim().split('\n').at(-1)}`);
  process.exit(2);
}
const { keras, modules } = JSON.parse(asked.stdout);
console.log(
  `Keras ${keras}\n\n| module | classes | here | with differences | bases | refused |\n| --- | --- | --- | --- | --- | --- |`,
);
const missing = [];
for (const [module, classes] of Object.entries(modules)) {
  const bases = classes.filter((own) => own.some((name) => BASES.test(name)));
  const found = classes.filter((own) => !bases.includes(own) && isHere[module](own));
  const refused = classes.filter((own) => !bases.includes(own) && !found.includes(own));
  const differing = module === 'layers' ? found.filter((own) => own.some((name) => DIFFERING.has(name))) : [];
  const counts = [classes.length, found.length, differing.length, bases.length, refused.length];
  console.log(`| ${module} | ${counts.join(' | ')} |`);
  missing.push(...refused.map((own) => ({ module, name: own[0] })));
}
console.log('');
for (const { module, name } of missing) {
  const reason = module === 'layers' ? (refusedLayers.get(name) ?? 'WITHOUT A SENTENCE') : 'is not here';
  console.log(`${module}.${name}: ${reason}`);
}
process.exitCode = missing.some(({ module, name }) => module === 'layers' && !refusedLayers.has(name)) ? 1 : 0;
