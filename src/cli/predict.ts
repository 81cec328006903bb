import type { Command } from 'commander';
import { formatThings } from '../coordinator/callbacks/display/format.js';
import type { TrainedOptions } from '../run/trained.js';
import type { CommandContext } from './exit.js';
import { engineOption, modulesOption, path, positiveInteger, workersOption } from './options.js';
import { print, printJson } from './output.js';

interface PredictCommandOptions extends TrainedOptions {
  readonly data: string;
  readonly out: string;
  readonly batchSize: number;
  readonly json?: true;
}

export function addPredictCommand(program: Command, _context: CommandContext): void {
  program
    .command('predict')
    .summary('predictions of a trained model for a file, as CSV')
    .description(
      'Writes what a trained model predicts for every row of a CSV file: a column an output, and the most likely class. A label column in the data is recognised and not used.',
    )
    .argument('<run-or-model>', 'a run directory, a model.json or a checkpoint', path)
    .requiredOption(
      '--data <file>',
      'a .csv or .csv.gz file, with or without labels; for a run on data.source, a module',
      path,
    )
    .requiredOption('--out <file>', 'the CSV file to write', path)
    .option('--config <file>', 'for a model outside a run: a config whose data and compile sections apply', path)
    .option('--batch-size <n>', 'rows of one batch', positiveInteger, 256)
    .addOption(workersOption())
    .addOption(engineOption())
    .addOption(modulesOption())
    .option('--json', 'write the result as one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ lockstep predict runs/digits-mlp --data examples/data/digits.csv.gz --out predictions.csv',
    )
    .action((target: string, options: PredictCommandOptions) => runPredict(target, options));
}

async function runPredict(
  target: string,
  { data, out, batchSize, json, ...options }: PredictCommandOptions,
): Promise<void> {
  const { openTrained, rowsFor } = await import('../run/trained.js');
  const { predictionsCsv, UNNAMED, writePredictions } = await import('../run/predictions.js');
  const trained = await openTrained(target, options);
  const { trainer, preprocessing, weights } = trained;
  await using _ = trainer;
  const { rows, x } = await rowsFor(trained, data);
  const { values } = await trainer.predict({ x }, { batchSize });
  await writePredictions(out, predictionsCsv({ values, outputs: values.length / rows }, preprocessing ?? UNNAMED));
  if (json) printJson({ rows, out, weights });
  else print(`${formatThings(rows, 'prediction')} written to ${out}`);
}
