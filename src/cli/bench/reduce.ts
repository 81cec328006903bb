import { type Command, InvalidArgumentError, Option } from 'commander';
import { coreCounts } from '../../bench/machine.js';
import { positiveInteger } from '../options.js';
import { addOutputOptions, emit, type OutputOptions, watched } from './output.js';
import { numberList } from './work.js';

interface ReduceCommandOptions extends OutputOptions {
  readonly sizes?: readonly number[];
  readonly ranks: readonly number[];
  readonly engine: 'auto' | 'native' | 'reference';
  readonly rounds: number;
}

export function addReduceCommand(bench: Command): void {
  const command = bench
    .command('reduce')
    .description('Times reduce and Adam over vectors of many sizes, beside copies of as much memory.');
  addOutputOptions(command)
    .option('--sizes <list>', 'bytes of parameters, as 4e6; default 1 KB to 400 MB', sizeList)
    .option('--ranks <list>', 'numbers of ranks', numberList, coreCounts())
    .addOption(new Option('--engine <name>', 'what computes').choices(['auto', 'native', 'reference']).default('auto'))
    .option('--rounds <n>', 'rounds after the one that warms up', positiveInteger, 7)
    .addHelpText('after', '\nExample:\n  $ lockstep bench reduce --sizes 4e3,4e6,100e6 --ranks 1,2')
    .action(async ({ sizes, ...options }: ReduceCommandOptions) => {
      const [{ benchReduce }, { renderReduce }, { reduceSizes }] = await Promise.all([
        import('../../bench/reduce/reduce.js'),
        import('../../bench/reduce/render.js'),
        import('../../bench/reduce/plan.js'),
      ]);
      const work = { ...options, sizes: sizes ?? reduceSizes };
      await emit(await watched((watch) => benchReduce(work, watch)), renderReduce, options);
    });
}

function sizeList(text: string): number[] {
  return text.split(',').map((part) => {
    const bytes = Number(part);
    if (bytes >= 64) return bytes;
    throw new InvalidArgumentError(`give bytes of at least 64 instead of ${part}, as 4e6.`);
  });
}
