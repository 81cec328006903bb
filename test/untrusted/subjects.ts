import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { encodeHead, type Section } from '../../src/coordinator/checkpoint/format.js';
import { packPlain, unpackPlain } from '../../src/coordinator/checkpoint/plainMsgpack.js';
import { readCheckpoint } from '../../src/coordinator/checkpoint/read.js';
import { readCsv } from '../../src/coordinator/data/csv.js';
import { loadModelFile } from '../../src/coordinator/models/files.js';
import { Trainer } from '../../src/index.js';
import { readConfig } from '../../src/run/config/read.js';
import type { Choices } from '../helpers/faults.js';
import { cases, dataFor } from '../helpers/models.js';
import { pointsConfig } from '../helpers/runs.js';
import { mutateBytes, mutateValue, sha256 } from './mutate.js';

/** What is damaged, and read by whom. */
export const kinds = ['checkpoints', 'models', 'configs', 'data'] as const;
export type Kind = (typeof kinds)[number];

/** Contents by file name. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** One way of damaging files of a kind. */
export interface Subject {
  readonly kind: Kind;
  readonly title: string;
  /** Its share of the runs of its kind. */
  readonly share: number;
  /** Whether a case takes milliseconds. */
  readonly isSlow?: true;
  damage(choices: Choices): Files;
  /** Reads the damaged files in a folder. */
  read(folder: string): Promise<unknown>;
}

const [dense, , , , recurrent] = cases;

/** Writes the good files that damage starts from. */
export async function prepareSubjects(folder: string): Promise<void> {
  for (const [name, given] of Object.entries({ dense, recurrent })) {
    await using trainer = await Trainer.create(given.layers, { optimizer: 'adam', loss: given.loss, workers: 1 });
    await trainer.fit(dataFor(given, 20), { batchSize: 8 });
    await trainer.checkpoint(join(folder, `${name}.ckpt`));
    await trainer.save(join(folder, name));
  }
}

/** All subjects, from the good files in a folder. */
export async function openSubjects(folder: string): Promise<Subject[]> {
  const models = await Promise.all(['dense', 'recurrent'].map((name) => openModelFiles(join(folder, name))));
  const checkpoints = ['dense', 'recurrent'].map((name) => join(folder, `${name}.ckpt`));
  return [...(await checkpointSubjects(checkpoints)), ...modelSubjects(models), ...configSubjects(), ...dataSubjects()];
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
      share: 0.6,
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
      share: 0.4,
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

function dataSubjects(): Subject[] {
  const zipped = gzipSync(table);
  const file = 'data.csv';
  const damaged = (given: Uint8Array) => (choices: Choices) => ({ [file]: mutateBytes(given, choices) });
  const targets = ['classes', 'oneHot', 'numbers', 'binary'] as const;
  const shared = { kind: 'data', share: 0.25 } as const;
  return [
    ...targets.slice(0, 3).map(
      (target): Subject => ({
        ...shared,
        title: `CSV files read as ${target}`,
        damage: damaged(table),
        read: (folder) => readCsv(join(folder, file), { label: target === 'numbers' ? 1 : 'last', target }),
      }),
    ),
    {
      ...shared,
      title: 'gzipped CSV files',
      damage: damaged(zipped),
      read: (folder) => readCsv(join(folder, file), { label: 'last', target: 'classes' }),
    },
  ];
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
