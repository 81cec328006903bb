import type { Command } from 'commander';
import type { Finding } from '../run/doctor.js';
import type { CommandContext } from './exit.js';
import { print, printJson } from './output.js';

export function addDoctorCommand(program: Command, _context: CommandContext): void {
  program
    .command('doctor')
    .summary('what a run on this machine would use, and why')
    .description('Says which kernels and instructions a run on this machine would use, why, and what to do.')
    .option('--json', 'write one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep doctor')
    .action((options: { json?: true }) => runDoctor(options));
}

async function runDoctor({ json }: { json?: true }): Promise<void> {
  const { examine } = await import('../run/doctor.js');
  const findings = examine();
  if (json) printJson({ findings });
  else for (const finding of findings) print(findingText(finding));
}

function findingText({ name, state, found, advice }: Finding): string {
  const mark = state === 'good' ? 'ok  ' : 'look';
  const line = `${mark}  ${name.padEnd(14)}  ${found}`;
  return advice === undefined ? line : `${line}\n      ${''.padEnd(14)}  → ${advice}`;
}
