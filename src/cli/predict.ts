import type { Command } from 'commander';
import { formatThings } from '../coordinator/callbacks/display/format.js';
import { dataFiles } from '../run/data/formats.js';
import type { TrainedOptions } from '../run/trained.js';
import { userError } from '../shared/errors.js';
import type { CommandContext } from './exit.js';
import { checkpointOption, engineOption, modulesOption, path, positiveInteger, workersOption } from './options.js';
import { print, printData, printJson } from './output.js';

interface PredictCommandOptions extends TrainedOptions {
  readonly data: string;
  readonly out: string;
  readonly batchSize: number;
  readonly keep?: string;
  readonly json?: true;
}

export function addPredictCommand(program: Command, _context: CommandContext): void {
  program
    .command('predict')
    .summary('predictions of a trained model for a file')
    .description(
      'Writes what a trained model predicts for every row: as a table a column an output, and the most likely class; as .npy or .npz the arrays that NumPy loads. Labels in the data are recognised and not used.',
    )
    .argument('<run-or-model>', 'a run directory, a model.json or a checkpoint', path)
    .requiredOption('--data <file>', `the rows, with or without labels: ${dataFiles}`, path)
    .requiredOption(
      '--out <file>',
      'the file to write: .csv, .jsonl, .parquet, .npy or .npz; - is the standard output',
      path,
    )
    .option('--config <file>', 'for a model outside a run: a config whose data and compile sections apply', path)
    .option('--keep <columns>', 'of a table: columns to write beside the predictions, with commas between')
    .option('--batch-size <n>', 'rows of one batch', positiveInteger, 256)
    .addOption(checkpointOption())
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
  { data, out, batchSize, keep, json, ...options }: PredictCommandOptions,
): Promise<void> {
  const { openTrained, rowsFor } = await import('../run/trained.js');
  const { predictRows } = await import('../run/data/batched.js');
  const { predictedArrays } = await import('../run/predictedArrays.js');
  const { predictedFile, requireKnownEnding } = await import('../run/predictedFile.js');
  const { isStandardOutput, requireOutput, writeOutput } = await import('../run/outputFile.js');
  const isPrinted = out === '-' || (await isStandardOutput(out));
  if (isPrinted && json) {
    throw userError('OPTIONS_CONFLICT', `--out ${out} and --json both print to the standard output; leave one out.`);
  }
  if (!isPrinted) requireKnownEnding(out);
  if (keep !== undefined && /\.np[yz]$/i.test(out)) {
    throw userError(
      'OPTIONS_CONFLICT',
      `--keep writes columns into a table, but --out ${out} takes arrays; leave --keep out, or give an --out that ends in .csv, .jsonl or .parquet.`,
    );
  }
  const trained = await openTrained(target, options);
  const { trainer, format, kept, weights, files } = trained;
  await using _ = trainer;
  if (!isPrinted) await requireOutput(out, [data, ...files]);
  const passed = keep?.split(',').map((name) => name.trim());
  const loaded = await rowsFor(trained, data, passed);
  const { rows } = loaded;
  const predictions = await predictRows(trainer, loaded, batchSize);
  const [{ values }] = predictions;
  const names = predictions.length === 1 ? ['predictions'] : trainer.outputs.map(({ name }) => name);
  const table = { values, outputs: values.length / rows };
  const named = 'named' in loaded ? loaded.named : undefined;
  const content =
    predictedArrays(out, predictions, names) ??
    (await predictedFile(isPrinted ? '-' : out, table, format.naming(kept), named));
  if (isPrinted) return printData(String(content));
  await writeOutput(out, content);
  if (json) printJson({ rows, out, weights });
  else print(`${formatThings(rows, 'prediction')} written to ${out}`);
}
