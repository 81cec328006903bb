import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { objectiveKeys } from '../../../src/coordinator/options/names.js';
import { lossesOf, metricSchema } from '../../../src/coordinator/options/objectives.js';
import { LockstepError } from '../../../src/index.js';
import { applyOverrides, parseAssignment } from '../../../src/run/config/overrides.js';
import { dataPath, parseConfig } from '../../../src/run/config/read.js';
import type { RunConfig, RunConfigInput } from '../../../src/run/config/schema.js';

/** The least a config needs, as a file would hold it. */
const minimal = {
  name: 'tiny',
  model: { layers: [{ type: 'Dense', units: 1, inputShape: [2] }] },
  data: { csv: '/data/tiny.csv' },
  compile: { optimizer: 'adam', loss: 'meanSquaredError' },
};

const parse = (raw: unknown, ...assignments: string[]): RunConfig =>
  parseConfig(raw as RunConfigInput, assignments.map(parseAssignment));

describe('A config', () => {
  test('needs only a model, data and what to compile; the rest has defaults', () => {
    assert.deepEqual(parse(minimal), {
      name: 'tiny',
      model: { layers: minimal.model.layers, initialWeights: 'model' },
      data: {
        csv: '/data/tiny.csv',
        skipRows: 0,
        delimiter: ',',
        label: 'last',
        standardize: false,
        shuffle: false,
      },
      compile: {
        optimizer: {
          kind: 'adam',
          learningRate: 0.001,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-7,
          decay: 0,
          amsgrad: false,
        },
        loss: { name: 'meanSquaredError', reduction: 'mean_with_sample_weight' },
        metrics: [],
        weightedMetrics: [],
      },
      fit: { epochs: 1, batchSize: 32, shuffle: true, validationFreq: 1, callbacks: [], restoreBest: false },
      run: {
        ...{ workers: 'auto', engine: 'auto', seed: 0, tensorboard: true },
        checkpoint: { everyEpochs: 1, everyMinutes: 10, keep: 3 },
      },
    });
  });

  test('means the same in Keras spelling and in camelCase', () => {
    const keras = {
      ...minimal,
      data: { csv: '/d.csv', skip_rows: 1, one_hot: true },
      compile: {
        optimizer: { class_name: 'Adam', config: { lr: 0.1, beta_1: 0.8, beta_2: 0.9, epsilon: null } },
        loss: 'sparse_categorical_crossentropy',
        metrics: 'acc',
      },
      fit: { batch_size: 4, validation_split: 0.25 },
    };
    const camel = {
      ...minimal,
      data: { csv: '/d.csv', skipRows: 1, oneHot: true },
      compile: {
        optimizer: { name: 'adam', learningRate: 0.1, beta1: 0.8, beta2: 0.9 },
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      },
      fit: { batchSize: 4, validationSplit: 0.25 },
    };
    assert.deepEqual(parse(keras), parse(camel));
  });

  test('that was read can be read again and stays the same', () => {
    const config = parse({ ...minimal, run: { seed: 7, shards: 4 } });
    assert.deepEqual(parse(JSON.parse(JSON.stringify(config))), config);
  });

  const losses = { mse: 'meanSquaredError', BinaryCrossentropy: 'binaryCrossentropy', bce: 'binaryCrossentropy' };
  for (const [given, settled] of Object.entries(losses)) {
    test(`takes the loss ${given} for ${settled}`, () => {
      const { loss } = parse({ ...minimal, compile: { ...minimal.compile, loss: given } }).compile;
      assert.equal(lossesOf(loss)[0].name, settled);
    });
  }
});

describe('Losses and metrics of a config', () => {
  const compiled = (changes: object) => parse({ ...minimal, compile: { ...minimal.compile, ...changes } }).compile;

  test('take options in either spelling, with the defaults of Keras for the rest', () => {
    assert.deepEqual(compiled({ loss: { name: 'binary_crossentropy', label_smoothing: 0.1 } }).loss, {
      name: 'binaryCrossentropy',
      fromLogits: false,
      labelSmoothing: 0.1,
      reduction: 'mean_with_sample_weight',
    });
    const keras = { class_name: 'Huber', config: { name: 'huber_loss', delta: 2 } };
    const reduction = 'sum_over_batch_size';
    assert.deepEqual(compiled({ loss: keras }).loss, { name: 'huber', delta: 2, reduction });
    assert.deepEqual(compiled({ loss: { name: 'huber', reduction: 'mean' } }).loss, {
      name: 'huber',
      delta: 1,
      reduction,
    });
    assert.deepEqual(compiled({ metrics: 'rmse', weighted_metrics: [{ name: 'AUC', curve: 'PR' }] }), {
      ...compiled({}),
      metrics: [{ name: 'rootMeanSquaredError' }],
      weightedMetrics: [
        {
          ...{ name: 'auc', curve: 'PR', numThresholds: 200 },
          ...{ fromLogits: false, multiLabel: false, summationMethod: 'interpolation' },
        },
      ],
    });
  });

  test('refuse what they do not know by its nearest name', () => {
    const wrong: [object, RegExp][] = [
      [{ loss: { name: 'hubr', delta: 2 } }, /compile\.loss\.name is "hubr".*nearest: huber/],
      [{ loss: { name: 'huber', delt: 2 } }, /unknown key compile\.loss\.delt; did you mean compile\.loss\.delta/],
      [{ loss: { name: 'huber', delta: -1 } }, /compile\.loss\.delta is -1; give a number above 0/],
      [{ metrics: [{ name: 'auc', curve: 'roc' }] }, /compile\.metrics\.0\.curve is "roc".*ROC, PR/],
    ];
    for (const [changes, message] of wrong) assert.throws(() => compiled(changes), { message });
  });

  test('classes that YAML reads as numbers, true or false are their texts', () => {
    const classes = (given: unknown) => parse({ ...minimal, data: { ...minimal.data, classes: given } }).data;
    const table: readonly [readonly unknown[], readonly string[]][] = [
      [
        [1, 2, 3],
        ['1', '2', '3'],
      ],
      [
        [true, false],
        ['true', 'false'],
      ],
      [
        ['a', 7],
        ['a', '7'],
      ],
      [
        [0.5, -1],
        ['0.5', '-1'],
      ],
      [
        ['no', 'yes'],
        ['no', 'yes'],
      ],
    ];
    for (const [given, names] of table) assert.deepEqual((classes(given) as { classes: unknown }).classes, names);
    assert.throws(() => classes([null, 'a']), {
      code: 'CONFIG_INVALID',
      message: /data\.classes\.0 is null; give a class name.*quotes/,
    });
    assert.throws(() => classes([1, '1']), {
      code: 'CONFIG_INVALID',
      message: /data\.classes is .*give class names that all differ/,
    });
    assert.throws(() => classes([1]), { code: 'CONFIG_INVALID', message: /a list of at least two class names/ });
  });

  test('a mark of numbers has one meaning', () => {
    const data = (given: object) => parse({ ...minimal, data: { ...minimal.data, ...given } }).data;
    assert.deepEqual(data({ decimal: ',', thousands: '.' }), { ...parse(minimal).data, decimal: ',', thousands: '.' });
    for (const given of [{ thousands: '.' }, { decimal: ',', thousands: ',' }]) {
      assert.throws(() => data(given), {
        code: 'CONFIG_CONFLICT',
        message: /data\.decimal and data\.thousands are both/,
      });
    }
    for (const given of [{ decimal: ';' }, { thousands: 'x' }, { decimal: 1 }]) {
      assert.throws(() => data(given), { code: 'CONFIG_INVALID', message: /give (one of )?"/ });
    }
  });

  test('class weights keep the names of their classes', () => {
    const classWeight = { big_one: 2, Small: 0.5, 3: 1 };
    assert.deepEqual(parse({ ...minimal, fit: { class_weight: classWeight } }).fit.classWeight, classWeight);
  });
});

describe('A config for several outputs', () => {
  const compiled = (changes: object) => parse({ ...minimal, compile: { ...minimal.compile, ...changes } }).compile;

  test('has a loss, a weight and metrics for each, by name or in order, in either spelling', () => {
    const byName = compiled({
      loss: { big_value: 'mse', class: { name: 'sparse_categorical_crossentropy', from_logits: true } },
      loss_weights: { big_value: 0.5 },
      metrics: { class: 'acc', big_value: ['mae', { name: 'r2_score' }] },
      weighted_metrics: { class: ['acc'] },
    });
    const reduction = 'mean_with_sample_weight';
    const [value, classes] = [
      { name: 'meanSquaredError', reduction },
      { name: 'sparseCategoricalCrossentropy', fromLogits: true, reduction },
    ];
    assert.deepEqual(byName.loss, { big_value: value, class: classes });
    assert.deepEqual(byName.lossWeights, { big_value: 0.5 });
    assert.deepEqual(byName.metrics, {
      class: [{ name: 'accuracy' }],
      big_value: [{ name: 'meanAbsoluteError' }, { name: 'r2Score', classAggregation: 'uniform_average' }],
    });
    assert.deepEqual(byName.weightedMetrics, { class: [{ name: 'accuracy' }] });
    const inOrder = compiled({ loss: ['mse', 'mae'], loss_weights: [1, 0.5], metrics: [['mae'], []] });
    assert.deepEqual(inOrder.loss, [value, { name: 'meanAbsoluteError', reduction }]);
    assert.deepEqual(inOrder.lossWeights, [1, 0.5]);
    assert.deepEqual(inOrder.metrics, [[{ name: 'meanAbsoluteError' }], []]);
    assert.equal(compiled({ loss_weights: 2 }).lossWeights, 2);
  });

  test('that was read can be read again and stays the same', () => {
    const loss = { a: 'mse', b: { name: 'huber', delta: 2 } };
    const config = parse({ ...minimal, compile: { ...minimal.compile, loss, metrics: { a: ['mae'] } } });
    assert.deepEqual(parse(JSON.parse(JSON.stringify(config))), config);
  });

  test('refuses what it does not know, and says of which output', () => {
    const wrong: [object, RegExp][] = [
      [{ loss: { a: 'mse', b: 'hubr' } }, /compile\.loss\.b is "hubr".*nearest: huber/],
      [{ loss: { a: { name: 'huber', delta: -1 } } }, /compile\.loss\.a\.delta is -1; give a number above 0/],
      [{ metrics: { a: ['acc'], b: ['acuracy'] } }, /compile\.metrics\.b\.0 is "acuracy".*nearest: accuracy/],
      [{ metrics: [['acc'], ['acuracy']] }, /compile\.metrics\.1\.0 is "acuracy".*nearest: accuracy/],
      [{ loss_weights: { a: -1 } }, /compile\.loss_weights\.a is -1; give a number of at least 0/],
    ];
    for (const [changes, message] of wrong) assert.throws(() => compiled(changes), { message });
  });

  test('takes every option of a loss or metric in snake case', () => {
    const options = metricSchema.out.options.flatMap(({ shape }) => Object.keys(shape));
    assert.deepEqual(
      options.filter((key) => !objectiveKeys.includes(key)),
      [],
    );
  });
});

describe('A schedule of a config', () => {
  const scheduled = (schedule: object) =>
    parse({ ...minimal, compile: { ...minimal.compile, optimizer: { name: 'adam', schedule } } }).compile.optimizer
      .schedule;

  test('is written as in the library or as in Keras', () => {
    const cosine = { kind: 'cosineDecay', decaySteps: 100, alpha: 0.1 };
    assert.deepEqual(scheduled(cosine), cosine);
    assert.deepEqual(scheduled({ name: 'cosine_decay', decay_steps: 100, alpha: 0.1 }), cosine);
    assert.deepEqual(
      scheduled({ class_name: 'CosineDecay', config: { name: 'own', decay_steps: 100, alpha: 0.1 } }),
      cosine,
    );
    assert.deepEqual(scheduled({ kind: 'PiecewiseConstantDecay', boundaries: [5], factors: [1, 0.1] }), {
      ...{ kind: 'piecewiseConstant', boundaries: [5], factors: [1, 0.1] },
    });
  });

  test('may follow a warm-up', () => {
    const given = {
      name: 'warm_up',
      warmup_steps: 10,
      after: { name: 'ExponentialDecay', decay_steps: 5, decay_rate: 0.5 },
    };
    assert.deepEqual(scheduled(given), {
      kind: 'warmUp',
      warmupSteps: 10,
      startFactor: 0,
      after: { kind: 'exponentialDecay', decaySteps: 5, decayRate: 0.5, staircase: false },
    });
  });

  test('that is unknown, or lacks something, is one sentence', () => {
    refuses(() => scheduled({ name: 'cosine' }), 'UNKNOWN_SCHEDULE', /kind is "cosine"; give one of exponentialDecay/);
    refuses(() => scheduled({ name: 'cosine_decay' }), 'INVALID_OPTION', /cosineDecay: decaySteps is missing/);
    refuses(() => scheduled({ name: 'one_cycle', total: 5 }), 'UNKNOWN_OPTION', /oneCycle has no option total/);
  });
});

describe('--set', () => {
  test('changes any value, parsed as YAML, in either spelling', () => {
    const config = parse(
      minimal,
      'fit.batch_size=7',
      'data.ignore=[id, 3]',
      'compile.optimizer.lr=5e-2',
      'model.layers.0.units=9',
    );
    assert.equal(config.fit.batchSize, 7);
    assert.deepEqual('ignore' in config.data && config.data.ignore, ['id', 3]);
    assert.equal(config.compile.optimizer.learningRate, 0.05);
    assert.deepEqual(config.model.layers, [{ type: 'Dense', units: 9, inputShape: [2] }]);
  });

  test('replaces a whole section, and null takes a value away', () => {
    const config = parse({ ...minimal, run: { shards: 4 } }, 'compile.optimizer=SGD', 'run.shards=null');
    assert.equal(config.compile.optimizer.kind, 'sgd');
    assert.equal(config.run.shards, undefined);
  });

  test('takes a path from the working directory, where it was typed', () => {
    assert.equal(dataPath(parse(minimal, 'data.csv=other.csv')), `${process.cwd()}/other.csv`);
    assert.equal(dataPath(parse(minimal, 'data.csv=null', 'data.source=other.js')), `${process.cwd()}/other.js`);
  });

  test('leaves the config that it changes as it was', () => {
    const before = structuredClone(minimal);
    applyOverrides(minimal, [parseAssignment('model.layers.0.units=9')]);
    assert.deepEqual(minimal, before);
  });

  const table: [string, string, RegExp][] = [
    ['fit.epochs', 'INVALID_ASSIGNMENT', /not an assignment; write --set key=value/],
    ['=3', 'INVALID_ASSIGNMENT', /not an assignment/],
    ['fit..epochs=3', 'INVALID_ASSIGNMENT', /empty key/],
    ['model.layers.5.units=3', 'INVALID_ASSIGNMENT', /item 5 of a list of 1/],
    ['fit.epochs=[1', 'CONFIG_UNREADABLE', /cannot be parsed/],
    ['__proto__.polluted=1', 'CONFIG_FORBIDDEN_KEY', /__proto__/],
    ['fit.constructor.prototype.polluted=1', 'CONFIG_FORBIDDEN_KEY', /fit\.constructor/],
    ['fit.epochs=many', 'CONFIG_INVALID', /^--set: fit\.epochs is "many"; give a whole number of at least 1\.$/],
  ];
  for (const [assignment, code, message] of table) {
    test(`refuses ${assignment}`, () => refuses(() => parse(minimal, assignment), code, message));
  }
});

describe('A wrong config is one sentence that names the key, the value and what to give', () => {
  const withFit = (fit: object) => ({ ...minimal, fit });
  const withCompile = (compile: object) => ({ ...minimal, compile: { ...minimal.compile, ...compile } });
  const withData = (data: object) => ({ ...minimal, data: { ...minimal.data, ...data } });
  const table: [string, unknown, string, RegExp][] = [
    [
      'a misspelt key',
      withFit({ epoch: 3 }),
      'CONFIG_UNKNOWN_KEY',
      /unknown key fit\.epoch; did you mean fit\.epochs\?$/,
    ],
    [
      'a misspelt key as it was written',
      withFit({ bacth_size: 3 }),
      'CONFIG_UNKNOWN_KEY',
      /fit\.bacth_size; did you mean fit\.batchSize/,
    ],
    [
      'a key in the wrong section',
      { ...minimal, epochs: 3 },
      'CONFIG_UNKNOWN_KEY',
      /unknown key epochs; did you mean fit\.epochs/,
    ],
    [
      'an unknown optimizer option',
      withCompile({ optimizer: { name: 'adam', lrn: 1 } }),
      'CONFIG_UNKNOWN_KEY',
      /compile\.optimizer\.lrn; did you mean compile\.optimizer\.lr\?/,
    ],
    [
      'an option of another optimizer',
      withCompile({ optimizer: { name: 'sgd', beta_1: 1 } }),
      'CONFIG_UNKNOWN_KEY',
      /compile\.optimizer\.beta_1/,
    ],
    ['a wrong type', withFit({ epochs: '3' }), 'CONFIG_INVALID', /fit\.epochs is "3"; give a whole number/],
    [
      'a number out of range',
      withFit({ validation_split: 1.5 }),
      'CONFIG_INVALID',
      /fit\.validation_split is 1\.5; give a share between 0 and 1/,
    ],
    [
      'beta1 of 1',
      withCompile({ optimizer: { name: 'adam', beta_1: 1 } }),
      'CONFIG_INVALID',
      /compile\.optimizer\.beta_1 is 1; give a number from 0 up to, but not including, 1/,
    ],
    [
      'an unknown loss',
      withCompile({ loss: 'binary_crossentropi' }),
      'CONFIG_INVALID',
      /compile\.loss is "binary_crossentropi".*nearest: binaryCrossentropy/,
    ],
    [
      'an unknown metric',
      withCompile({ metrics: ['acuracy'] }),
      'CONFIG_INVALID',
      /compile\.metrics\.0 is "acuracy".*nearest: accuracy/,
    ],
    [
      'an unknown optimizer',
      withCompile({ optimizer: 'rms' }),
      'CONFIG_INVALID',
      /is "rms"; give one of sgd, rmsprop, adagrad/,
    ],
    [
      'a missing section',
      { name: 'x', model: minimal.model, data: minimal.data },
      'CONFIG_INVALID',
      /compile is missing; give a section/,
    ],
    ['a section that is none', withFit([]), 'CONFIG_INVALID', /fit is \[\]; give a section with keys such as epochs/],
    [
      'no layers',
      { ...minimal, model: { layers: [] } },
      'CONFIG_INVALID',
      /model\.layers is \[\]; give a list of at least one layer/,
    ],
    [
      'a layer without a type',
      { ...minimal, model: { layers: [{ units: 3 }] } },
      'CONFIG_INVALID',
      /model\.layers\.0 is .*give a layer with a type/,
    ],
    [
      'a name that is a path',
      { ...minimal, name: '../x' },
      'CONFIG_INVALID',
      /name is "\.\.\/x"; give a name of letters/,
    ],
    [
      'layers and a path',
      { ...minimal, model: { ...minimal.model, path: 'm.json' } },
      'CONFIG_CONFLICT',
      /either layers .* or path/,
    ],
    [
      'two ways to validate',
      { ...withData({ validation: 'v.csv' }), fit: { validationSplit: 0.1 } },
      'CONFIG_CONFLICT',
      /both given/,
    ],
    [
      'two ways to scale',
      withData({ scale: 2, standardize: true }),
      'CONFIG_CONFLICT',
      /data\.scale and data\.standardize/,
    ],
    [
      'a table and a source',
      withData({ source: 'rows.js' }),
      'CONFIG_CONFLICT',
      /data\.csv and data\.source are both given; keep the one/,
    ],
    [
      'how to read a table beside a source',
      { ...minimal, data: { source: 'rows.js', skip_rows: 1 } },
      'CONFIG_CONFLICT',
      /data\.skipRows says how rows of data\.csv are read, but the rows come from data\.source/,
    ],
    [
      'a share of a source to validate on',
      { ...minimal, data: { source: 'rows.js' }, fit: { validationSplit: 0.1 } },
      'CONFIG_CONFLICT',
      /give data\.validation instead/,
    ],
    [
      'a source that is no path',
      { ...minimal, data: { source: 5 } },
      'CONFIG_INVALID',
      /data\.source is 5; give the path of a module/,
    ],
    [
      'a key that neither a table nor a source has',
      { ...minimal, data: { source: 'rows.js', validaton: 'v.js' } },
      'CONFIG_UNKNOWN_KEY',
      /did you mean data\.validation/,
    ],
    [
      'one key in two spellings',
      withFit({ batch_size: 3, batchSize: 4 }),
      'CONFIG_DUPLICATE_KEY',
      /fit\.batchSize is given twice, the second time as batchSize/,
    ],
    ['nothing', null, 'CONFIG_INVALID', /holds no config/],
  ];
  for (const [what, raw, code, message] of table) test(what, () => refuses(() => parse(raw), code, message));
});

describe('A config cannot reach the prototype of objects', () => {
  const keys = ['__proto__', 'constructor', 'prototype'];
  for (const key of keys) {
    test(`through ${key}, at any depth`, () => {
      const nested = JSON.parse(`{"fit": {"deep": {"${key}": {"polluted": true}}}}`) as object;
      refuses(() => parse({ ...minimal, ...nested }), 'CONFIG_FORBIDDEN_KEY', new RegExp(`fit\\.deep\\.${key}`));
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
    });
  }
});

function refuses(attempt: () => unknown, code: string, message: RegExp): void {
  assert.throws(attempt, (error: unknown) => {
    assert.ok(error instanceof LockstepError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.blame, 'user');
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}
