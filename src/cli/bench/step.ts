import type { Command } from 'commander';
import { chooseWorkloads } from '../../bench/workloads.js';
import { positiveInteger } from '../options.js';
import { emit, watched } from './output.js';
import { addWorkOptions, type WorkOptions } from './work.js';

interface StepCommandOptions extends WorkOptions {
  readonly shards: readonly (number | 'workers')[];
}

export function addStepCommand(bench: Command): void {
  const command = bench.command('step').description('Times a training step and the phases of every rank.');
  addWorkOptions(command)
    .option('--shards <list>', 'shards a batch; `workers` means one a worker', shardList, [8])
    .addHelpText('after', '\nExample:\n  $ lockstep bench step --workload mlp --workers 1,2 --shards 8,workers')
    .action(async ({ workload, ...options }: StepCommandOptions) => {
      const [{ benchStep }, { renderStep }] = await Promise.all([
        import('../../bench/step.js'),
        import('../../bench/renderStep.js'),
      ]);
      const workloads = chooseWorkloads(workload);
      await emit(await watched((watch) => benchStep({ ...options, workloads }, watch)), renderStep, options);
    });
}

function shardList(text: string): (number | 'workers')[] {
  return text.split(',').map((part) => (part === 'workers' ? part : positiveInteger(part)));
}
