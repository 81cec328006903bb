import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addEvaluateCommand } from './evaluate.js';
import { type CommandContext, EXIT, reportError } from './exit.js';
import { addInspectCommand } from './inspect.js';
import { addPredictCommand } from './predict.js';
import { addTrainCommand } from './train.js';

const commands = [addTrainCommand, addEvaluateCommand, addPredictCommand, addInspectCommand];

/** Runs one command line and returns the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const context: CommandContext = {};
  const program = createProgram();
  for (const add of commands) add(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
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
    .configureOutput({ outputError: (text, write) => write(usageError(text)) })
    .addHelpText('after', '\nExample:\n  $ lockstep train examples/digits-cnn.yaml');
}

/** Commander's `error: unknown option '--worker'\n(Did you mean --workers?)` as one sentence. */
function usageError(text: string): string {
  const [what, hint] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const nearest = hint?.match(/Did you mean (.*)\?\)/)?.[1];
  const next = nearest === undefined ? 'see lockstep --help' : `did you mean ${nearest}?`;
  return `lockstep: ${what.replace(/\.$/, '')}; ${next}\n`;
}

/** The version of the package that this file is part of, wherever it is built. */
function version(): string {
  const path = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
