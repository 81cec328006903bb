import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import type { FitControl } from '../../src/coordinator/callbacks/callback.js';
import { encodeHead, type Section } from '../../src/coordinator/checkpoint/format.js';
import { packPlain, unpackPlain } from '../../src/coordinator/checkpoint/plainMsgpack.js';
import { readCheckpoint } from '../../src/coordinator/checkpoint/read.js';
import { type ColumnNeed, toColumn } from '../../src/coordinator/data/columns.js';
import { type CsvOptions, readCsv } from '../../src/coordinator/data/csv.js';
import { loadModelFile } from '../../src/coordinator/models/files.js';
import { type TensorFunction, Trainer } from '../../src/index.js';
import { readConfig } from '../../src/run/config/read.js';
import { lockOwner } from '../../src/run/lockFile.js';
import { rewindMetrics } from '../../src/run/metrics.js';
import { readStatus, requireNotRunning, stateOf } from '../../src/run/status.js';
import { weightsOfRun } from '../../src/run/weightsOfRun.js';
import { tfc as tf } from '../../src/shared/tfjs/tfjs.js';
import { thisProcess } from '../../src/shared/writing/owner.js';
import type { Choices } from '../helpers/faults.js';
import { cases, dataFor } from '../helpers/models.js';
import { pointsConfig } from '../helpers/runs.js';
import { arraySubjects } from './arraySubjects.js';
import { kerasNames, kerasSubjects } from './kerasSubjects.js';
import { mutateBytes, mutateValue, sha256 } from './mutate.js';
import { pictureSubjects } from './pictures.js';
import type { Files, Subject } from './subject.js';
import { tableSubjects } from './tables.js';

export { type Files, type Kind, kinds, type Subject } from './subject.js';

const [dense, , , , recurrent] = cases;

/** What a callback may remember. */
const everyKind = {
  numbers: [-0, Number.NaN, 1.5, 12n],
  arrays: [Float32Array.of(1, 2), BigInt64Array.of(3n), Uint8Array.of(4), new DataView(new ArrayBuffer(2))],
  sets: [new Set([1, 'a']), new Map([['k', new Date(5)]]), Object.assign(Object.create(null), { a: undefined })],
};

/** The files that tell how a run stands, and what is asked of them by its directory. */
function runSubjects(): Subject[] {
  const owner = { ...thisProcess(), token: '0123456789abcdef' };
  const good = {
    'status.json': { state: 'running', step: 3, time: '2026-01-01T00:00:00.000Z', owner },
    'lockstep.lock': owner,
    'metrics.jsonl': { epoch: 1, step: 3, loss: 0.5 },
  };
  const choicesOf = [
    'best',
    'last',
    '3',
    '03',
    '-1',
    '1e3',
    '../x',
    '',
    '9'.repeat(400),
    'step-00000003.ckpt',
    '\u001b[2J',
  ];
  return [
    {
      kind: 'runs',
      title: 'run directories whose status, lock and metrics are changed, with any --checkpoint',
      share: 1,
      damage: (choices) => ({
        ...Object.fromEntries(
          Object.entries(good).map(([name, value]) => {
            const text = `${JSON.stringify(mutateValue(value, choices)) ?? ''}\n`;
            return [name, choices.below(2) === 0 ? text : mutateBytes(Buffer.from(text), choices)];
          }),
        ),
        'choice.txt': choices.of(choicesOf),
      }),
      read: async (folder) => {
        await lockOwner(folder);
        await rewindMetrics(join(folder, 'metrics.jsonl'), 3);
        const status = await readStatus(folder);
        if (status !== undefined) await stateOf(status);
        await requireNotRunning(folder);
        await weightsOfRun(folder, await readFile(join(folder, 'choice.txt'), 'utf8'));
      },
    },
  ];
}

/** A loss of the caller's, whose graph a checkpoint holds. */
const traced: TensorFunction = (t, p) => tf.mean(tf.mul(tf.tensor1d([2]), tf.square(tf.sub(tf.softmax(t), p))), -1);

/** Writes the good files that damage starts from. */
export async function prepareSubjects(folder: string): Promise<void> {
  const trainings = {
    dense: [dense, dense.loss],
    recurrent: [recurrent, recurrent.loss],
    traced: [dense, traced],
  } as const;
  for (const [name, [given, loss]] of Object.entries(trainings)) {
    await using trainer = await Trainer.create(given.layers, { optimizer: 'adam', loss, workers: 1 });
    const path = join(folder, `${name}.ckpt`);
    // Of an unfinished fit: it holds what a callback remembers.
    const onEpochEnd = (epoch: number, _: object, fit: FitControl): void => {
      if (epoch === 0) fit.checkpoint(path);
    };
    const remembering = { name: 'all', state: () => everyKind, restore: () => {}, onEpochEnd };
    await trainer.fit(dataFor(given, 20), { batchSize: 8, epochs: 2, callbacks: [remembering] });
    await trainer.save(join(folder, name));
    if (name === 'dense') for (const file of kerasNames) await trainer.save(join(folder, file));
  }
}

/** The share of tables that another library reads, which takes its time, among all data. */
const TABLES = 0.2;

/** All subjects, from the good files in a folder. */
export async function openSubjects(folder: string): Promise<Subject[]> {
  const models = await Promise.all(['dense', 'recurrent'].map((name) => openModelFiles(join(folder, name))));
  const checkpoints = ['dense', 'recurrent', 'traced'].map((name) => join(folder, `${name}.ckpt`));
  return [
    ...(await checkpointSubjects(checkpoints)),
    ...modelSubjects(models),
    ...(await kerasSubjects(folder)),
    ...configSubjects(),
    ...dataSubjects(),
    ...(await arraySubjects()),
    ...(await tableSubjects(TABLES)),
    ...pictureSubjects(),
    ...(await tableSubjects(TABLES)),
    ...runSubjects(),
  ];
}

async function checkpointSubjects(paths: readonly string[]): Promise<Subject[]> {
  const whole = await Promise.all(paths.map((path) => readFile(path)));
  const stored = await Promise.all(paths.map(readCheckpoint));
  const file = 'damaged.ckpt';
  const read = (folder: string): Promise<unknown> => readCheckpoint(join(folder, file));
  return [
    {
      kind: 'checkpoints',
      title: 'checkpoints with any bytes changed',
      share: 0.4,
      damage: (choices) => ({ [file]: mutateBytes(choices.of(whole), choices) }),
      read,
    },
    {
      kind: 'checkpoints',
      title: 'checkpoints whose record is changed and whose checksums are right',
      share: 0.4,
      damage: (choices) => ({ [file]: withDamagedRecord(choices.of(stored).vectors, choices) }),
      read,
    },
    {
      kind: 'checkpoints',
      title: 'resumes from checkpoints whose record is changed and whose checksums are right',
      share: 0.2,
      isSlow: true,
      damage: (choices) => ({ [file]: withDamagedRecord(choices.of(stored).vectors, choices, true) }),
      read: async (folder) => {
        await using _ = await Trainer.resume(join(folder, file), { workers: 1, engine: 'reference' });
      },
    },
  ];
}

function withDamagedRecord(vectors: ReadonlyMap<string, Uint8Array>, choices: Choices, onlyValues = false): Uint8Array {
  const good = vectors.get('run') as Uint8Array;
  const byValue = onlyValues || choices.below(2) === 0;
  return withRecord(vectors, byValue ? packPlain(mutateValue(unpackPlain(good), choices)) : mutateBytes(good, choices));
}

/** A checkpoint of those vectors with another record, and checksums that are right. */
export function withRecord(vectors: ReadonlyMap<string, Uint8Array>, run: Uint8Array): Uint8Array {
  const bodies = [...vectors].map(([name, bytes]): [string, Uint8Array] => [name, name === 'run' ? run : bytes]);
  const table = bodies.map(([name, bytes]): Section => ({ name, byteLength: bytes.length, sha256: sha256(bytes) }));
  return Buffer.concat([encodeHead(table), ...bodies.map(([, bytes]) => bytes)]);
}

interface ModelFiles {
  readonly json: Buffer;
  readonly weights: Buffer;
}

async function openModelFiles(folder: string): Promise<ModelFiles> {
  return { json: await readFile(join(folder, 'model.json')), weights: await readFile(join(folder, 'weights.bin')) };
}

function modelSubjects(models: readonly ModelFiles[]): Subject[] {
  const read = (folder: string): Promise<unknown> => loadModelFile(join(folder, 'model.json'));
  return [
    {
      kind: 'models',
      title: 'models with a value of model.json changed',
      share: 0.4,
      damage: (choices) => {
        const { json, weights } = choices.of(models);
        return {
          'model.json': JSON.stringify(mutateValue(JSON.parse(json.toString()), choices)) ?? '',
          'weights.bin': weights,
        };
      },
      read,
    },
    {
      kind: 'models',
      title: 'models with any bytes changed',
      share: 0.2,
      damage: (choices) => {
        const { json, weights } = choices.of(models);
        const inJson = choices.below(4) > 0;
        return {
          'model.json': inJson ? mutateBytes(json, choices) : json,
          'weights.bin': inJson ? weights : mutateBytes(weights, choices),
        };
      },
      read,
    },
  ];
}

function configSubjects(): Subject[] {
  const onTable = pointsConfig('points.csv');
  const onSource = pointsConfig('', { data: { source: 'rows.js', validation: 'held.js' }, fit: { epochs: 2 } });
  const seeds = [onTable, onSource].map((config) => ({
    config,
    texts: { json: Buffer.from(JSON.stringify(config)), yaml: Buffer.from(stringify(config)) },
  }));
  return (['json', 'yaml'] as const).map((format) => ({
    kind: 'configs',
    title: `configs in ${format.toUpperCase()}`,
    share: 0.5,
    damage: (choices) => {
      const { config, texts } = choices.of(seeds);
      const write = format === 'json' ? JSON.stringify : stringify;
      const text = choices.below(2) === 0 ? write(mutateValue(config, choices)) : mutateBytes(texts[format], choices);
      return { [`config.${format}`]: text ?? '' };
    },
    read: (folder) => readConfig(join(folder, `config.${format}`)),
  }));
}

/** Quotes, several labels, missing cells and signs of other encodings are among what a file may hold. */
const table = Buffer.from(
  `width,"a ""tall"" height",kind\n${Array.from({ length: 40 }, (_, i) => `${i / 7},${-(i ** 3)}e-2,"${i % 3 ? 'oak' : 'elm, old'}"`).join('\r\n')}\n`,
);
/** Lines that end in several ways, decimal commas, groups of digits, a header of numbers, columns without a name, class numbers. */
const european = Buffer.from(
  `400;;"410,5";;grade\r\n${Array.from({ length: 40 }, (_, i) => `${i},25;;"1.${100 + i},5";x;${i % 3}`).join('\n')}\r`,
);
/** Nested arrays and values with a shape. */
const arrays: readonly unknown[] = [
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ].map((row) => [row, row]),
  { values: [1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2], scale: 1 },
  [
    [
      [1.5, -2],
      [0, 1e30],
    ],
  ],
];
const needs: readonly ColumnNeed[] = [
  { name: 'x', shape: [2, 2], type: 'float32' },
  { name: 'x', shape: [2, 2], type: 'int32', limit: 100 },
  { name: 'y', shape: [], type: 'int32', classes: 3 },
];
const paths = [
  'file:///tmp/no/such%20file.csv',
  'file://./no/such.csv',
  'https://example.com/x.csv',
  '/tmp/no/such.csv',
];

/** What is damaged, and how it is read. */
const readings: readonly [string, Uint8Array, CsvOptions][] = [
  ...(['classes', 'oneHot', 'numbers'] as const).map((target): [string, Uint8Array, CsvOptions] => [
    `CSV files read as ${target}`,
    table,
    { label: target === 'numbers' ? 1 : 'last', target },
  ]),
  ['gzipped CSV files', gzipSync(table), { label: 'last', target: 'classes' }],
  [
    'CSV files of other marks, line ends and headers',
    european,
    {
      ...{ delimiter: ';', decimal: ',', thousands: '.', header: true },
      ignore: [1, 3],
      label: 'grade',
      target: 'classes',
      classCount: 3,
    },
  ],
  [
    'CSV files with given classes',
    table,
    { label: 'kind', target: 'oneHot', classes: ['oak', 'elm, old'], labelForm: 'names' },
  ],
  [
    'CSV files for the features of a model',
    table,
    { features: ['a "tall" height', 'width'], label: 'kind', target: 'classes' },
  ],
];

function dataSubjects(): Subject[] {
  const share = (1 - TABLES) / (readings.length + 2);
  const tables = readings.map(([title, good, options]): Subject => {
    const file = 'data.csv';
    return {
      ...{ kind: 'data', share, title },
      damage: (choices) => ({ [file]: mutateBytes(good, choices) }),
      read: (folder) => readCsv(join(folder, file), options),
    };
  });
  return [...tables, arraySubject(share), pathSubject(share)];
}

function arraySubject(share: number): Subject {
  const file = 'arrays.json';
  return {
    ...{ kind: 'data', share, title: 'nested arrays and values with a shape' },
    damage: (choices) => ({ [file]: JSON.stringify([choices.below(3), mutateValue(choices.of(arrays), choices)]) }),
    read: async (folder) => {
      const [need, source] = JSON.parse(await readFile(join(folder, file), 'utf8'));
      return toColumn(source, needs[need]);
    },
  };
}

function pathSubject(share: number): Subject {
  const file = 'path.txt';
  return {
    ...{ kind: 'data', share, title: 'paths and URLs of tables' },
    damage: (choices) => ({ [file]: mutateBytes(Buffer.from(choices.of(paths)), choices) }),
    read: async (folder) => readCsv(await readFile(join(folder, file), 'utf8')),
  };
}

/** Writes files to a folder that may be new; returns their size in bytes. */
export async function writeFiles(folder: string, files: Files): Promise<number> {
  await mkdir(folder, { recursive: true });
  let size = 0;
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content);
    size += Buffer.byteLength(content);
  }
  return size;
}
