import type { Command } from 'commander';
import type { ConvertOptions } from '../run/convert.js';
import type { CommandContext } from './exit.js';
import { checkpointOption, modulesOption, path } from './options.js';
import { print, printJson } from './output.js';

interface ConvertCommandOptions extends ConvertOptions {
  readonly json?: true;
}

export function addConvertCommand(program: Command, _context: CommandContext): void {
  program
    .command('convert')
    .summary('a model in another format: of Keras, TensorFlow.js, safetensors')
    .description(
      'Writes the model of a file, a run or a checkpoint in the format that the name of the other file tells: .keras, .weights.h5, .h5 or .safetensors; any other name is a folder for TensorFlow.js. What it is trained for, and where its optimizer stands, goes along where the format can hold it.',
    )
    .argument('<from>', 'a model, a run directory, a checkpoint, or a file of weights with --model', path)
    .argument('<to>', 'the file or the folder to write', path)
    .option('--model <file>', 'for a file of weights alone: the model that they are of', path)
    .option('--check <file>', 'rows that both must predict alike: .npy, or .npz or .safetensors by inputs', path)
    .addOption(checkpointOption())
    .addOption(modulesOption())
    .option('--json', 'write the result as one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep convert runs/digits-mlp model.keras')
    .action(async (from: string, to: string, { json, ...options }: ConvertCommandOptions) => {
      const { convert } = await import('../run/convert.js');
      const { check, ...converted } = await convert(from, to, options);
      if (json) return printJson({ ...converted, ...(check !== undefined && { check }) });
      const { training, leftOut } = converted;
      const along = training ? ', with its training' : leftOut ? `, without its training: ${leftOut}` : '';
      print(`the model of ${converted.from} is written to ${to}${along}`);
      if (check !== undefined) print(`${check.predictions} predictions of both differ by ${check.difference} at most`);
    });
}
