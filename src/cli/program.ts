import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { plainSentence } from '../shared/plainText.js';
import { benchCommand } from './bench/index.js';
import { addDoctorCommand } from './doctor.js';
import { addEvaluateCommand } from './evaluate.js';
import { type CommandContext, EXIT, reportError } from './exit.js';
import { addExportCommand } from './export.js';
import { addInitCommand } from './init.js';
import { addInspectCommand } from './inspect.js';
import { addPredictCommand } from './predict.js';
import { Strays } from './strays.js';
import type { Supervision } from './supervised.js';
import { addTrainCommand } from './train.js';

const commands = [
  addInitCommand,
  addTrainCommand,
  addEvaluateCommand,
  addPredictCommand,
  addExportCommand,
  addInspectCommand,
  addDoctorCommand,
  benchCommand,
];

/** Runs one command line and returns the exit code. */
export async function runProgram(
  args: readonly string[],
  supervision: Supervision = null,
  strays = new Strays(),
): Promise<number> {
  const context: CommandContext = { supervision, strays, json: args.includes('--json') };
  const program = createProgram();
  for (const add of commands) add(program, context);
  nameUsageErrors(program, program.name());
  try {
    await Promise.race([program.parseAsync(args, { from: 'user' }), strays.untaken]);
    return EXIT.success;
  } catch (error) {
    return reportError(error, context);
  }
}

function createProgram(): Command {
  return new Command('lockstep')
    .description('Trains Keras-style models over worker threads: the same run gives the same bits.')
    .version(version(), '--version')
    .exitOverride()
    .addHelpText('after', '\nExample:\n  $ lockstep train examples/digits-cnn.yaml');
}

/** Every command, and those below it, says what is wrong in one sentence that names its own help. */
function nameUsageErrors(command: Command, name: string): void {
  command.configureOutput({ outputError: (text, write) => write(plainSentence(usageError(text, name))) });
  for (const below of command.commands) nameUsageErrors(below, `${name} ${below.name()}`);
}

/** Commander's `error: unknown option '--worker'\n(Did you mean --workers?)` as one sentence. */
function usageError(text: string, name: string): string {
  const [what, hint] = text
    .replace(/^error: /, '')
    .replace(' is invalid. ', ' is invalid; ')
    .trim()
    .split('\n');
  const nearest = hint?.match(/Did you mean (.*)\?\)/)?.[1];
  if (nearest !== undefined) return `lockstep: ${what}; did you mean ${nearest}?\n`;
  return what.includes('; ') ? `lockstep: ${what}\n` : `lockstep: ${what.replace(/\.$/, '')}; see ${name} --help\n`;
}

/** The version of the package that this file is part of, wherever it is built. */
function version(): string {
  const path = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
