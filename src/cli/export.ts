import type { Command } from 'commander';
import type { ExportOptions } from '../run/export.js';
import type { CommandContext } from './exit.js';
import { checkpointOption, modulesOption, path } from './options.js';
import { print, printJson } from './output.js';

interface ExportCommandOptions extends ExportOptions {
  readonly json?: true;
}

export function addExportCommand(program: Command, _context: CommandContext): void {
  program
    .command('export')
    .summary('the model of a run or a checkpoint, in TensorFlow.js format or as ONNX')
    .description(
      'Writes the model of a run or a checkpoint as model.json and weights.bin, which tf.loadLayersModel reads, or as an ONNX file where the path ends in .onnx.',
    )
    .argument('<run-or-checkpoint>', 'a run directory or a checkpoint', path)
    .argument('<directory-or-file>', 'where the model goes: a directory, made if need be, or model.onnx', path)
    .addOption(checkpointOption())
    .addOption(modulesOption())
    .option('--json', 'write the result as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lockstep export runs/digits-mlp --checkpoint best model/\n  $ lockstep export runs/digits-mlp model.onnx',
    )
    .action(async (target: string, directory: string, { json, ...options }: ExportCommandOptions) => {
      const { exportModel } = await import('../run/export.js');
      const exported = await exportModel(target, directory, options);
      if (json) printJson(exported);
      else print(`the model of ${exported.weights} is written to ${exported.out}`);
    });
}
