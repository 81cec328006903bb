import { type Command, InvalidArgumentError } from 'commander';
import { defaultWorkers } from '../../bench/machine.js';
import type { PeerName } from '../../bench/peers/catalog.js';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { positiveInteger } from '../options.js';
import { addOutputOptions, emit, type OutputOptions, watched } from './output.js';
import { addPeerOptions } from './peers.js';
import { engineOption, numberList } from './work.js';

interface ConvergenceCommandOptions extends OutputOptions {
  readonly peers: readonly PeerName[];
  readonly python?: string;
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  readonly repeats: number;
  readonly target: number;
}

export function addConvergenceCommand(bench: Command): void {
  const command = bench
    .command('convergence')
    .description('Measures the seconds of training until handwritten digits are classified with a given accuracy.');
  addPeerOptions(addOutputOptions(command))
    .option('--workers <list>', 'numbers of workers', numberList, defaultWorkers())
    .addOption(engineOption())
    .option('--repeats <n>', 'trainings from other weights', positiveInteger, 3)
    .option('--target <share>', 'the validation accuracy to come to', share, 0.97)
    .addHelpText('after', '\nExample:\n  $ lockstep bench convergence --peers torch,keras --repeats 3')
    .action(async (options: ConvergenceCommandOptions) => {
      const [{ benchConvergence }, { renderConvergence }] = await Promise.all([
        import('../../bench/convergence/convergence.js'),
        import('../../bench/convergence/render.js'),
      ]);
      await emit(await watched((watch) => benchConvergence(options, watch)), renderConvergence, options);
    });
}

function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError(`give a share between 0 and 1 instead of ${text}, as 0.97.`);
}
