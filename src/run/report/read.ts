import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readConfig } from '../config/read.js';
import type { RunConfig } from '../config/schema.js';
import { readJson } from '../json.js';
import { type RunPaths, runPaths } from '../paths.js';
import { readStatus, stateOf } from '../status.js';
import { requireRun } from '../trained.js';
import type { ValidationFacts } from './validation.js';

/** An epoch as metrics.jsonl has it: numbers by name. */
export interface ReportedEpoch {
  readonly epoch: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What a run directory tells of its run. */
export interface ReportedRun {
  /** What tells it from others: its folder. */
  readonly label: string;
  readonly directory: string;
  readonly config: RunConfig;
  readonly state: string;
  readonly step: number;
  readonly epochs: readonly ReportedEpoch[];
  /** What the log says of its last start: machine, workers, engine; and of its end, where it has ended. */
  readonly start: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, unknown>>;
  /** Warnings and errors in the log, the last ones. */
  readonly remarks: readonly string[];
  readonly starts: number;
  readonly validation: ValidationFacts | null;
}

/**
 * Reads a run directory; trains and computes nothing.
 *
 * @throws LockstepError `NO_RUN` where the path names something else.
 */
export async function readRun(target: string): Promise<ReportedRun> {
  await requireRun(target);
  const directory = resolve(target);
  const paths = runPaths(directory);
  const status = await readStatus(directory);
  const log = await readLines(paths.log);
  const starts = log.filter(({ msg }) => msg === 'run started' || msg === 'run resumed');
  return {
    label: basename(directory),
    directory,
    config: await readConfig(directory),
    state: status === undefined ? 'unknown' : await stateOf(status),
    step: status?.step ?? 0,
    epochs: await readEpochs(paths),
    start: starts.at(-1) ?? {},
    starts: starts.length,
    summary: summaryIn(log),
    remarks: remarksIn(log),
    validation: ((await readJson(paths.validation)) as ValidationFacts | undefined) ?? null,
  };
}

type Line = Readonly<Record<string, unknown>>;

async function readEpochs({ metrics }: RunPaths): Promise<ReportedEpoch[]> {
  return (await readLines(metrics)).flatMap((line) => {
    const { epoch, step, time: _, seconds: __, ...values } = line;
    if (typeof epoch !== 'number' || typeof step !== 'number') return [];
    const numbers = Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    return [{ epoch, step, values: Object.fromEntries(numbers) }];
  });
}

function summaryIn(log: readonly Line[]): Line {
  const end = log.findLast(({ msg }) => msg === 'run finished')?.summary;
  return typeof end === 'object' && end !== null ? (end as Line) : {};
}

const WARNING = 40;
const MOST_REMARKS = 20;

function remarksIn(log: readonly Line[]): string[] {
  return log
    .filter(({ level }) => Number(level) >= WARNING)
    .slice(-MOST_REMARKS)
    .map(({ time, msg }) => `${String(time).slice(0, 19).replace('T', ' ')}  ${msg}`);
}

/** JSON lines; what a crash has cut short is passed over, and a file that is not there has none. */
async function readLines(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value as Line] : [];
    } catch {
      return [];
    }
  });
}
