import { join } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from './exit.js';
import { path } from './options.js';
import { print, printJson } from './output.js';

interface ReportCommandOptions {
  readonly out?: string;
  readonly json?: true;
}

export function addReportCommand(program: Command, _context: CommandContext): void {
  program
    .command('report')
    .summary('a page with the curves of a run, or of several runs over each other')
    .description(
      'Writes one HTML file that needs nothing but itself: curves, the config with what differs from its defaults, how the model does on its validation rows, and what made the run. Several runs are drawn over each other and compared.',
    )
    .argument('<runs...>', 'run directories')
    .option(
      '--out <file>',
      'the HTML file to write (default: report.html in the run directory, or here for several)',
      path,
    )
    .option('--json', 'write the result as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lockstep report runs/digits-mlp\n  $ lockstep report runs/digits-mlp runs/digits-cnn --out compared.html',
    )
    .action((runs: string[], options: ReportCommandOptions) => runReport(runs, options));
}

async function runReport(runs: readonly string[], { out, json }: ReportCommandOptions): Promise<void> {
  const { renderReport } = await import('../run/report/write.js');
  const { writeOutput } = await import('../run/outputFile.js');
  const page = await renderReport(runs);
  const target = out ?? (runs.length === 1 ? join(runs[0], 'report.html') : 'report.html');
  await writeOutput(target, page);
  if (json) printJson({ out: target, runs: runs.length, bytes: Buffer.byteLength(page) });
  else print(`report written to ${target}`);
}
