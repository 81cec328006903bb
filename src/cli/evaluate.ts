import type { Command } from 'commander';
import { formatLogs, formatSeconds, formatThings } from '../coordinator/callbacks/display/format.js';
import { wrapParts } from '../coordinator/callbacks/display/lines.js';
import { dataFiles } from '../run/data/formats.js';
import type { TrainedOptions } from '../run/trained.js';
import { renderConfusions } from './confusion.js';
import type { CommandContext } from './exit.js';
import { checkpointOption, engineOption, modulesOption, path, positiveInteger, workersOption } from './options.js';
import { outputWidth, print, printJson } from './output.js';

interface EvaluateCommandOptions extends TrainedOptions {
  readonly data: string;
  readonly labels?: string;
  readonly batchSize: number;
  readonly confusionMatrix?: true;
  readonly json?: true;
}

export function addEvaluateCommand(program: Command, _context: CommandContext): void {
  program
    .command('evaluate')
    .summary('loss and metrics of a trained model over a file')
    .description(
      'Computes loss and metrics of a trained model over a CSV file, read and scaled as its training data was.',
    )
    .argument('<run-or-model>', 'a run directory, a model.json or a checkpoint', path)
    .requiredOption('--data <file>', `the rows with labels: ${dataFiles}`, path)
    .option(
      '--labels <file>',
      'the labels, where they stand in a file of their own (data.npy, data.idx, data.raw)',
      path,
    )
    .option('--config <file>', 'for a model outside a run: a config whose data and compile sections apply', path)
    .option('--batch-size <n>', 'rows of one batch', positiveInteger, 256)
    .addOption(checkpointOption())
    .addOption(workersOption())
    .addOption(engineOption())
    .addOption(modulesOption())
    .option('--confusion-matrix', 'how often rows of each class are taken for which')
    .option('--json', 'write the result as one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep evaluate runs/digits-mlp --data examples/data/digits.csv.gz')
    .action((target: string, options: EvaluateCommandOptions) => runEvaluate(target, options));
}

async function runEvaluate(
  target: string,
  { data, labels, batchSize, confusionMatrix, json, ...options }: EvaluateCommandOptions,
): Promise<void> {
  const began = performance.now();
  const { labelledRowsFor, openTrained } = await import('../run/trained.js');
  const { countRows, evaluateRows } = await import('../run/data/batched.js');
  const trained = await openTrained(target, options);
  const { trainer, kept, weights } = trained;
  await using _ = trainer;
  const rows = await labelledRowsFor(trained, data, labels);
  const { loss, ...metrics } = await evaluateRows(trainer, rows, batchSize);
  const matrix = confusionMatrix && (await countRows(trainer, rows, batchSize));
  const seconds = (performance.now() - began) / 1000;
  if (json) {
    printJson({ loss, metrics, rows: rows.rows, weights, seconds, ...(matrix && { confusionMatrix: matrix }) });
    return;
  }
  const parts = [...formatLogs({ loss, ...metrics }), formatThings(rows.rows, 'row'), formatSeconds(seconds)];
  print(wrapParts(parts, outputWidth()));
  if (matrix) print(`\n${renderConfusions(matrix, classNames(kept?.classes, matrix.length), outputWidth())}`);
}

function classNames(names: readonly string[] | undefined, count: number): string[] {
  return Array.from({ length: count }, (_, i) => names?.[i] ?? String(i));
}
