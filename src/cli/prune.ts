import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { formatBytes, formatThings } from '../coordinator/callbacks/display/format.js';
import { userError } from '../shared/errors.js';
import type { CommandContext } from './exit.js';
import { path, wholeNumber } from './options.js';
import { print, printJson } from './output.js';

interface PruneCommandOptions {
  readonly keep: number;
  readonly yes?: true;
  readonly json?: true;
}

export function addPruneCommand(program: Command, _context: CommandContext): void {
  program
    .command('prune')
    .summary('remove old checkpoints of runs, after asking')
    .description(
      'Removes the checkpoints of runs but the newest and the best one, after asking. Models, logs and reports stay.',
    )
    .argument('<runs...>', 'run directories', (value: string, all: string[] = []) => [...all, path(value)])
    .option('--keep <n>', 'how many of the newest to keep, beside the best one', wholeNumber, 1)
    .option('--yes', 'do not ask')
    .option('--json', 'write the result as one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep prune runs/digits-cnn runs/digits-mlp --keep 1')
    .action((runs: string[], options: PruneCommandOptions) => runPrune(runs, options));
}

async function runPrune(runs: readonly string[], { keep, yes, json }: PruneCommandOptions): Promise<void> {
  const { prunableIn, removePrunable } = await import('../run/listing.js');
  const { requireRun } = await import('../run/trained.js');
  for (const run of runs) await requireRun(run);
  const found = await Promise.all(runs.map((run) => prunableIn(run, keep)));
  const count = found.reduce((sum, { paths }) => sum + paths.length, 0);
  const bytes = found.reduce((sum, run) => sum + run.bytes, 0);
  const what = `${formatThings(count, 'checkpoint')} (${formatBytes(bytes)})`;
  const isAgreed =
    count > 0 && (yes === true || (await asked(`Remove ${what} of ${formatThings(runs.length, 'run')}?`)));
  if (isAgreed) for (const run of found) await removePrunable(run);
  if (json) return printJson({ removed: isAgreed ? count : 0, bytes: isAgreed ? bytes : 0 });
  if (count === 0) print('There is nothing to remove.');
  else print(isAgreed ? `${what} removed.` : 'Nothing was removed.');
}

/** Only a person at a terminal can be asked. */
async function asked(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw userError('NOT_ASKED', `${question} There is no terminal to answer at; give --yes.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
