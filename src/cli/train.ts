import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Override } from '../run/config/overrides.js';
import type { RunEvent } from '../run/events.js';
import type { CommandContext } from './exit.js';
import { collect, overridesFrom, path, wholeNumber } from './options.js';
import { outputWidth, print, printData, printJson, programName } from './output.js';
import { stopOnRequest, stopOnSignals } from './signals.js';
import { DEFAULT_RESTARTS } from './supervise.js';
import { tellSupervisor } from './supervised.js';
import { createDisplay, dryRunText } from './trainDisplay.js';

interface TrainCommandOptions extends Record<string, unknown> {
  readonly resume?: true;
  readonly json?: true;
  readonly dryRun?: true;
  readonly printConfig?: true;
  readonly out?: string;
  readonly set?: readonly string[];
}

/** Options that stand for a setting of the config. */
const settings = {
  workers: 'run.workers',
  shards: 'run.shards',
  epochs: 'fit.epochs',
  batchSize: 'fit.batchSize',
  engine: 'run.engine',
  seed: 'run.seed',
} as const;

export function addTrainCommand(program: Command, context: CommandContext): void {
  program
    .command('train')
    .summary('train a model as a config describes it')
    .description('Trains a model as a config describes it, on all cores, and writes the run to a directory.')
    .argument('<config>', 'a .yaml, .json, .js or .ts file, or a run directory to resume', path)
    .option('--workers <n>', 'ranks, or auto: as many as are fastest; changes nothing but speed')
    .option('--shards <n>', 'shards a batch; part of what makes the result')
    .option('--epochs <n>', 'passes over the training rows')
    .option('--batch-size <n>', 'rows of one global batch')
    .option('--engine <name>', 'auto, native, reference, tensorflow or tfjs')
    .option('--seed <n>', 'keys every random draw')
    .option('--out <dir>', 'the run directory (default: runs/<name>, numbered when taken)', path)
    .option('--resume', 'go on from the newest checkpoint')
    .option(
      '--max-restarts <n>',
      'how often to go on after a crash of the training process; 0: no process of its own',
      wholeNumber,
      DEFAULT_RESTARTS,
    )
    .option('--dry-run', 'read the data, plan, train one step and write nothing')
    .option('--print-config', 'print the config as it would be carried out, defaults included')
    .option('--json', 'write JSON lines; the last one is the summary')
    .option('--set <key=value>', 'any setting of the config, such as fit.epochs=5; repeatable', collect)
    .addHelpText(
      'after',
      '\nExample:\n  $ lockstep train examples/digits-mlp.yaml --epochs 10 --set compile.optimizer.lr=0.003',
    )
    .action((config: string, options: TrainCommandOptions) => runTrain(config, options, context));
}

async function runTrain(config: string, options: TrainCommandOptions, context: CommandContext): Promise<void> {
  if (options.printConfig) return printConfig(config, options);
  if (options.dryRun) return tryConfig(config, options);
  const display = createDisplay(options.json === true);
  const stopOn = context.supervision === null ? stopOnSignals : stopOnRequest;
  const stop = stopOn(() => display.stopping());
  const leaveStrays = context.strays.takenBy((error) => stop.end(error));
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'start') {
      context.log = join(event.out, 'log.jsonl');
      context.resume = `${programName()} train ${event.out} --resume`;
    }
    display.onEvent(event);
  };
  try {
    const overrides = trainOverrides(options);
    const { train } = await import('../run/train.js');
    const resume = context.supervision === 'again' ? 'ifBegun' : options.resume === true;
    const onDirectory = (directory: string): void => tellSupervisor({ directory });
    display.finished(await train(config, { overrides, resume, signal: stop.signal, onEvent, onDirectory }));
  } finally {
    display.close();
    leaveStrays();
    stop.dispose();
  }
}

/** As YAML, which a config may be: also as JSON where programs read it. */
async function printConfig(config: string, options: TrainCommandOptions): Promise<void> {
  const { readConfig } = await import('../run/config/read.js');
  const { withInputShape } = await import('../run/open.js');
  const { stringify } = await import('yaml');
  const resolved = await withInputShape(await readConfig(config, trainOverrides(options)));
  if (options.json) printJson(resolved);
  else await printData(stringify(resolved));
}

async function tryConfig(config: string, options: TrainCommandOptions): Promise<void> {
  const { dryRun } = await import('../run/dryRun.js');
  const stop = stopOnSignals(() => {});
  try {
    const found = await dryRun(config, trainOverrides(options), stop.signal);
    if (options.json) printJson(found);
    else print(dryRunText(found, outputWidth()));
  } finally {
    stop.dispose();
  }
}

function trainOverrides(options: TrainCommandOptions): Override[] {
  const { out } = options;
  const directory = out === undefined ? [] : [{ path: 'run.out', value: resolve(out), from: '--out' }];
  return [...overridesFrom(options, settings), ...directory];
}
