import type { Command } from 'commander';
import { coreCounts } from '../../bench/machine.js';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { positiveInteger } from '../options.js';
import { addOutputOptions, emit, type OutputOptions, watched } from './output.js';
import { engineOption, numberList } from './work.js';

interface SweepCommandOptions extends OutputOptions {
  readonly units: readonly number[];
  readonly batchSizes: readonly number[];
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  readonly rounds: number;
  readonly milliseconds: number;
}

export function addSweepCommand(bench: Command): void {
  const command = bench
    .command('sweep')
    .description('Times small to large models at small to large batches: where more workers pay, and what auto takes.');
  addOutputOptions(command)
    .option('--units <list>', 'units of both hidden layers', numberList, [16, 64, 256, 1024])
    .option('--batch-sizes <list>', 'rows of a batch', numberList, [1, 8, 32, 128, 512])
    .option('--workers <list>', 'numbers of workers', numberList, coreCounts())
    .addOption(engineOption())
    .option('--rounds <n>', 'rounds after the one that warms up', positiveInteger, 7)
    .option('--milliseconds <n>', 'how long a round of one worker takes', positiveInteger, 200)
    .addHelpText('after', '\nExample:\n  $ lockstep bench sweep --units 64,256 --batch-sizes 8,128 --workers 1,2')
    .action(async (options: SweepCommandOptions) => {
      const [{ benchSweep }, { renderSweep }] = await Promise.all([
        import('../../bench/sweep/sweep.js'),
        import('../../bench/sweep/render.js'),
      ]);
      await emit(await watched((watch) => benchSweep(options, watch)), renderSweep, options);
    });
}
