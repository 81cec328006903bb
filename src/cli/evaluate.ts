import type { Command } from 'commander';
import { formatLogs, formatSeconds, formatThings } from '../coordinator/callbacks/display/format.js';
import { wrapParts } from '../coordinator/callbacks/display/lines.js';
import type { Preprocessing } from '../run/data/preprocessing.js';
import type { TrainedOptions } from '../run/trained.js';
import { renderConfusions } from './confusion.js';
import type { CommandContext } from './exit.js';
import { engineOption, modulesOption, path, positiveInteger, workersOption } from './options.js';
import { outputWidth, print, printJson } from './output.js';

interface EvaluateCommandOptions extends TrainedOptions {
  readonly data: string;
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
    .requiredOption('--data <file>', 'a .csv or .csv.gz file with labels; for a run on data.source, a module', path)
    .option('--config <file>', 'for a model outside a run: a config whose data and compile sections apply', path)
    .option('--batch-size <n>', 'rows of one batch', positiveInteger, 256)
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
  { data, batchSize, confusionMatrix, json, ...options }: EvaluateCommandOptions,
): Promise<void> {
  const began = performance.now();
  const { labelledRowsFor, openTrained } = await import('../run/trained.js');
  const trained = await openTrained(target, options);
  const { trainer, preprocessing, weights } = trained;
  await using _ = trainer;
  const rows = await labelledRowsFor(trained, data);
  const { loss, ...metrics } = await trainer.evaluate(rows, { batchSize });
  const matrix = confusionMatrix && (await trainer.confusionMatrix(rows, { batchSize }));
  const seconds = (performance.now() - began) / 1000;
  if (json) {
    printJson({ loss, metrics, rows: rows.rows, weights, seconds, ...(matrix && { confusionMatrix: matrix }) });
    return;
  }
  const parts = [...formatLogs({ loss, ...metrics }), formatThings(rows.rows, 'row'), formatSeconds(seconds)];
  print(wrapParts(parts, outputWidth()));
  if (matrix) print(`\n${renderConfusions(matrix, classNames(preprocessing, matrix.length), outputWidth())}`);
}

function classNames(preprocessing: Preprocessing | null, count: number): string[] {
  return Array.from({ length: count }, (_, i) => preprocessing?.classes?.[i] ?? String(i));
}
