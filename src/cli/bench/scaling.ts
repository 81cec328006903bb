import { type Command, Option } from 'commander';
import { scalingWorkers } from '../../bench/machine.js';
import { chooseWorkloads } from '../../bench/workloads.js';
import { writeOutput } from '../../run/outputFile.js';
import { emit, watched } from './output.js';
import { addWorkOptions, type WorkOptions } from './work.js';

interface ScalingCommandOptions extends WorkOptions {
  readonly mode: 'strong' | 'weak' | 'both';
  readonly svg?: string;
}

export function addScalingCommand(bench: Command): void {
  const command = bench
    .command('scaling')
    .description(
      'Times a step over numbers of workers, up to more than there are cores, and fits a model to the times.',
    );
  addWorkOptions(command, scalingWorkers())
    .addOption(
      new Option('--mode <name>', 'strong: the same batch; weak: a batch that grows with the workers')
        .choices(['strong', 'weak', 'both'])
        .default('both'),
    )
    .option('--svg <file>', 'draw the speed-ups there')
    .addHelpText('after', '\nExample:\n  $ lockstep bench scaling --workload mlp --workers 1,2,4 --svg scaling.svg')
    .action(async ({ workload, mode, svg, ...options }: ScalingCommandOptions) => {
      const [{ benchScaling }, { renderScaling }, { scalingChart }] = await Promise.all([
        import('../../bench/scaling/scaling.js'),
        import('../../bench/scaling/render.js'),
        import('../../bench/scaling/chart.js'),
      ]);
      const modes = mode === 'both' ? (['strong', 'weak'] as const) : [mode];
      const work = { ...options, modes, workloads: chooseWorkloads(workload) };
      const report = await watched((watch) => benchScaling(work, watch));
      await emit(report, renderScaling, options);
      if (svg !== undefined) await writeOutput(svg, scalingChart(report));
    });
}
