import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Baseline, CheckedLine } from '../../bench/check/check.js';
import { describeMachine } from '../../bench/machine.js';
import { digits, renderTable } from '../../bench/table.js';
import { chooseWorkloads, workloadNames } from '../../bench/workloads.js';
import { writeOutput } from '../../run/outputFile.js';
import { fault, userError } from '../../shared/errors.js';
import { findAddon } from '../../shared/native/addon.js';
import { packageRoot } from '../../shared/packageRoot.js';
import { positiveInteger } from '../options.js';
import { print, printJson, warn } from '../output.js';
import { watched } from './output.js';

interface CheckCommandOptions {
  readonly workload: string;
  readonly rounds: number;
  readonly steps?: number;
  readonly baseline: string;
  readonly tolerance?: number;
  readonly update?: true;
  readonly json?: true;
}

const TOLERANCE = 0.25;

export function addCheckCommand(bench: Command): void {
  bench
    .command('check')
    .description(
      'Compares steps, as ratios to a loop timed beside them, with stored ratios; ends with 1 if one regressed.',
    )
    .option('--workload <name>', `one of ${workloadNames.join(', ')} or all`, 'all')
    .option('--rounds <n>', 'rounds after the one that warms up', positiveInteger, 9)
    .option('--steps <n>', "steps a round; default is each workload's own number", positiveInteger)
    .option('--baseline <file>', 'the stored ratios', join(packageRoot(import.meta.url), 'bench', 'baseline.json'))
    .option('--tolerance <share>', 'how much slower is still no regression, as 0.25; stored by --update', share)
    .option('--update', 'store the ratios measured')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep bench check --workload mlp')
    .action(runCheck);
}

async function runCheck({ workload, baseline: path, update, json, tolerance, ...options }: CheckCommandOptions) {
  const { compareRatios, measureRatios } = await import('../../bench/check/check.js');
  const processor = processorName();
  const stored = await readBaseline(path, update === true);
  const work = { ...options, workloads: chooseWorkloads(workload) };
  const ratios = await watched((watch) => measureRatios(work, watch));
  const baseline = { ...stored, tolerance: tolerance ?? stored.tolerance };
  const lines = compareRatios(ratios, baseline);
  if (json) printJson({ processor, tolerance: baseline.tolerance, lines });
  else print(renderLines(lines));
  if (update) {
    const written: Baseline = { ...baseline, processor, ratios: { ...stored.ratios, ...ratios } };
    await writeOutput(path, `${JSON.stringify(written, null, 2)}\n`);
    return;
  }
  if (stored.processor !== processor)
    warn(`the ratios were stored on ${stored.processor}, and this is ${processor}: store this machine's with --update`);
  const regressed = lines.filter((line) => line.regressed);
  if (regressed.length > 0) throw regression(regressed, baseline.tolerance);
}

/** With the kernels' build: processors of one name have more or less wide vectors. */
function processorName(): string {
  const [isa] = findAddon().addon?.isas() ?? [];
  return [describeMachine().processor, ...(isa === undefined ? [] : [isa])].join(', ');
}

function regression(lines: readonly CheckedLine[], tolerance: number): Error {
  const named = lines.map(({ name, ratio, stored }) => `${name}: ${digits(ratio)} instead of ${digits(stored)}`);
  return fault(
    'BENCH_REGRESSED',
    `Slower than stored by more than ${Math.round(tolerance * 100)} %: ${named.join('; ')}. Mend it, or store the new ratios with --update.`,
  );
}

function renderLines(lines: readonly CheckedLine[]): string {
  const columns = [
    { title: 'step', align: 'left' },
    { title: 'over the loop' },
    { title: 'stored' },
    { title: '', align: 'left' },
  ] as const;
  const rows = lines.map(({ name, ratio, stored, regressed }) => {
    const verdict = regressed ? 'REGRESSED' : stored === null ? 'new' : '';
    return [name, digits(ratio), digits(stored), verdict];
  });
  return renderTable(columns, rows);
}

async function readBaseline(path: string, mayBeNew: boolean): Promise<Baseline> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Baseline;
  } catch (error) {
    if (mayBeNew && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { tolerance: TOLERANCE, processor: '', ratios: {} };
    throw userError(
      'NO_BASELINE',
      `No ratios can be read from ${path}: ${(error as Error).message}; make them with --update.`,
    );
  }
}

function share(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('give a share above 0, as 0.25.');
}
