import type { Command } from 'commander';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { addOutputOptions, emit, type OutputOptions, watched } from './output.js';
import { engineOption } from './work.js';

interface MemoryCommandOptions extends OutputOptions {
  readonly engine: EngineChoice;
}

export function addMemoryCommand(bench: Command): void {
  const command = bench
    .command('memory')
    .description('Measures the peak memory of training in processes of their own, beside what inspect predicts.');
  addOutputOptions(command)
    .addOption(engineOption())
    .addHelpText('after', '\nExample:\n  $ lockstep bench memory --out memory.json')
    .action(async ({ engine, ...options }: MemoryCommandOptions) => {
      const [{ benchMemory, memoryCases }, { renderMemory }] = await Promise.all([
        import('../../bench/memory/memory.js'),
        import('../../bench/memory/render.js'),
      ]);
      const cases = memoryCases.map((one) => ({ ...one, engine }));
      await emit(await watched((watch) => benchMemory(cases, watch)), renderMemory, options);
    });
}
