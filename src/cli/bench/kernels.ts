import { type Command, Option } from 'commander';
import { type InstructionSet, instructionSets } from '../../shared/native/addon.js';
import { positiveInteger } from '../options.js';
import { addOutputOptions, emit, type OutputOptions } from './output.js';

interface KernelsCommandOptions extends OutputOptions {
  readonly isa?: InstructionSet;
  readonly milliseconds: number;
  readonly shards: number;
}

export function addKernelsCommand(bench: Command): void {
  const command = bench
    .command('kernels')
    .description('Times each native kernel on one core, beside what the core can do.');
  addOutputOptions(command)
    .addOption(new Option('--isa <name>', 'the build of the kernels; default the best').choices(instructionSets))
    .option('--milliseconds <n>', 'time spent on each', positiveInteger, 200)
    .option('--shards <n>', "a rank's shards", positiveInteger, 4)
    .addHelpText('after', '\nExample:\n  $ lockstep bench kernels --isa avx2')
    .action(async (options: KernelsCommandOptions) => {
      const [{ benchKernels }, { renderKernels }] = await Promise.all([
        import('../../bench/kernels/kernels.js'),
        import('../../bench/kernels/render.js'),
      ]);
      await emit(benchKernels(options), renderKernels, options);
    });
}
