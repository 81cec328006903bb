import type { Command } from 'commander';
import { formatBytes, formatClock, formatValue } from '../coordinator/callbacks/display/format.js';
import { renderTable } from '../coordinator/callbacks/display/lines.js';
import type { ListedRun } from '../run/listing.js';
import type { CommandContext } from './exit.js';
import { path } from './options.js';
import { outputWidth, print, printJson } from './output.js';

export function addRunsCommand(program: Command, _context: CommandContext): void {
  program
    .command('runs')
    .summary('the runs in a folder: state, epochs, best loss, age and size')
    .description('Lists the runs in a folder, the newest first.')
    .argument('[folder]', 'a folder with run directories', path, 'runs')
    .option('--json', 'write one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep runs')
    .action((folder: string, options: { json?: true }) => runRuns(folder, options));
}

const columns = [
  { title: 'run' },
  { title: 'state' },
  { title: 'epochs', align: 'right' },
  { title: 'best', align: 'right' },
  { title: 'age', align: 'right' },
  { title: 'size', align: 'right' },
] as const;

async function runRuns(folder: string, { json }: { json?: true }): Promise<void> {
  const { listRuns } = await import('../run/listing.js');
  const { shorten } = await import('../run/runDirectory.js');
  const runs = await listRuns(folder);
  if (json) return printJson({ runs });
  if (runs.length === 0) return print(`There is no run in ${folder}.`);
  print(
    renderTable(
      columns,
      runs.map((run) => cells(run, shorten(run.directory))),
      outputWidth(),
    ),
  );
}

function cells({ state, epochs, epochsAsked, best, written, bytes }: ListedRun, place: string): string[] {
  const lowest = best === undefined ? '' : `${best.name} ${formatValue(best.value)}`;
  const age = written === 0 ? '' : formatClock(Math.max(0, (Date.now() - written) / 1000));
  return [place, state, `${epochs}/${epochsAsked}`, lowest, age, formatBytes(bytes)];
}
