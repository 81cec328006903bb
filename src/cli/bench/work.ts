import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultWorkers } from '../../bench/machine.js';
import { workloadNames } from '../../bench/workloads.js';
import { engineNames } from '../../coordinator/options/names.js';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { positiveInteger } from '../options.js';
import { addOutputOptions, type OutputOptions } from './output.js';

/** What the benchmarks of whole steps accept. */
export interface WorkOptions extends OutputOptions {
  readonly workload: string;
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  readonly steps?: number;
  readonly rounds: number;
}

/** `workers`: the numbers of workers unless others are asked for. */
export function addWorkOptions(command: Command, workers: readonly number[] = defaultWorkers()): Command {
  return addOutputOptions(command)
    .option('--workload <name>', `one of ${workloadNames.join(', ')} or all`, 'all')
    .option('--workers <list>', 'numbers of workers', numberList, [...workers])
    .addOption(engineOption())
    .option('--steps <n>', "steps a round; default is each workload's own number", positiveInteger)
    .option('--rounds <n>', 'rounds after the one that warms up', positiveInteger, 7);
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'what computes').choices(engineNames).default('auto');
}

export function numberList(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

/** A parser of comma-separated names out of those known. */
export function nameList<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((name) => {
      const found = known.find((one) => one === name);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`${name} is none of ${known.join(', ')}.`);
    });
}
