import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { userError } from '../../shared/errors.js';
import { recognise } from '../data/formats.js';
import type { StarterEntry } from '../data/starter.js';
import { requireOutput, writeOutput } from '../outputFile.js';
import { shorten } from '../runDirectory.js';
import { starterText } from './text.js';

export interface InitOptions {
  /** The column to predict, or several with commas between; default: what the format takes for it. */
  readonly label?: string;
  /** Where to write the config; default: the name of the data with `.yaml`, in the working directory. */
  readonly out?: string;
  /** How the user called the program. */
  readonly program?: string;
}

/** Looks at data and writes a commented config that trains on them. Returns its path. */
export async function init(given: string, { label, out, program = 'lockstep' }: InitOptions = {}): Promise<string> {
  const path = resolve(given);
  const format = await recognise(path);
  if (format.starter === undefined) {
    throw userError(
      'NO_STARTER',
      `${given} is data for data.${format.key}, of which init makes no config; write one by hand.`,
    );
  }
  const name = nameOf(path);
  const target = resolve(out ?? `${name}.yaml`);
  await requireFreeOutput(target, out);
  await requireOutput(target, [path]);
  const made = await format.starter(path, label === undefined ? {} : { label });
  const folder = dirname(target);
  const seen = (entry: StarterEntry): StarterEntry =>
    entry.path === undefined ? entry : { ...entry, value: pathFrom(folder, entry.path) };
  const starter = { ...made, data: made.data.map(seen) };
  const command = `${program} train ${shorten(target)}`;
  await writeOutput(target, starterText(starter, { name, key: format.key, path: pathFrom(folder, path), command }));
  return target;
}

/** A config that somebody may have worked on is never written over, unless it is named. */
async function requireFreeOutput(target: string, out: string | undefined): Promise<void> {
  if (out !== undefined || (await stat(target).catch(() => undefined)) === undefined) return;
  throw userError(
    'OUT_EXISTS',
    `${shorten(target)} is there already; name it with --out to write over it, or give another --out.`,
  );
}

/** `data/Iris flowers.csv.gz` → `Iris-flowers`: what a run may be called. */
function nameOf(path: string): string {
  const name = basename(path)
    .replace(/(\.[a-z]\w{0,8}){1,2}$/i, '')
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^\W+|\W+$/g, '');
  return name === '' ? 'run' : name;
}

/** Relative where that is short: a folder that holds both may move. */
function pathFrom(folder: string, path: string): string {
  const short = relative(folder, path).split(sep).join('/');
  return short === '' || short.startsWith('../../..') ? path : short;
}
