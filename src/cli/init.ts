import type { Command } from 'commander';
import type { CommandContext } from './exit.js';
import { path } from './options.js';
import { print, printJson, programName } from './output.js';

interface InitCommandOptions {
  readonly label?: string;
  readonly out?: string;
  readonly json?: true;
}

export function addInitCommand(program: Command, _context: CommandContext): void {
  program
    .command('init')
    .summary('a commented config that trains on your data')
    .description(
      'Looks at a file or folder of data and writes a config that trains on it, with what was decided and why in comments.',
    )
    .argument('<data>', 'a file or folder of data', path)
    .option(
      '--label <name>',
      'the column to predict, or several with commas between; default: found by its name, or the last',
    )
    .option('--out <file>', 'the config to write; default: the name of the data, with .yaml', path)
    .option('--json', 'write the result as one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ lockstep init customers.csv --label churned && lockstep train customers.yaml',
    )
    .action((data: string, options: InitCommandOptions) => runInit(data, options));
}

async function runInit(data: string, { json, ...options }: InitCommandOptions): Promise<void> {
  const { init } = await import('../run/starter/init.js');
  const { shorten } = await import('../run/runDirectory.js');
  const out = shorten(await init(data, { ...options, program: programName() }));
  if (json) printJson({ out });
  else print(`${out} written; look it over, then: ${programName()} train ${out}`);
}
