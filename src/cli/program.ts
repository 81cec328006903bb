import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { plainSentence } from '../shared/plainText.js';
import { type CommandContext, EXIT, reportError } from './exit.js';
import { Strays } from './strays.js';
import type { Supervision } from './supervised.js';

type AddCommand = (program: Command, context: CommandContext) => void;

/** Every command, in the order of the help. Only the one that is asked for is loaded, so that a line starts at once. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./init.js')).addInitCommand,
  train: async () => (await import('./train.js')).addTrainCommand,
  evaluate: async () => (await import('./evaluate.js')).addEvaluateCommand,
  predict: async () => (await import('./predict.js')).addPredictCommand,
  runs: async () => (await import('./runs.js')).addRunsCommand,
  prune: async () => (await import('./prune.js')).addPruneCommand,
  report: async () => (await import('./report.js')).addReportCommand,
  export: async () => (await import('./export.js')).addExportCommand,
  convert: async () => (await import('./convert.js')).addConvertCommand,
  inspect: async () => (await import('./inspect.js')).addInspectCommand,
  doctor: async () => (await import('./doctor.js')).addDoctorCommand,
  bench: async () => (await import('./bench/index.js')).benchCommand,
};

const VERSION = ['-V', '--version'];

/** Runs one command line and returns the exit code; rejects where the command itself cannot be loaded. */
export async function runProgram(
  args: readonly string[],
  supervision: Supervision = null,
  strays = new Strays(),
): Promise<number> {
  const context: CommandContext = { supervision, strays, json: args.includes('--json') };
  const program = createProgram();
  for (const add of await commandsFor(args)) add(program, context);
  nameUsageErrors(program, program.name());
  try {
    await Promise.race([program.parseAsync(args, { from: 'user' }), strays.untaken]);
    return EXIT.success;
  } catch (error) {
    return reportError(error, context);
  }
}

/** The command that a line names; all of them where it names none that is known, for the help and for what was meant. */
async function commandsFor([first = '']: readonly string[]): Promise<readonly AddCommand[]> {
  if (VERSION.includes(first)) return [];
  const asked = Object.hasOwn(commands, first) ? [commands[first]] : Object.values(commands);
  return Promise.all(asked.map((load) => load()));
}

function createProgram(): Command {
  return new Command('lockstep')
    .description('Trains Keras-style models over worker threads: the same run gives the same bits.')
    .version(version(), VERSION.join(', '))
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
