import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatBytes, formatCount, formatEngine } from '../coordinator/callbacks/display/format.js';
import { renderTable, wrapParts } from '../coordinator/callbacks/display/lines.js';
import type { Inspection, InspectOptions } from '../run/inspection.js';
import { givenPath } from '../shared/givenPath.js';
import type { CommandContext } from './exit.js';
import {
  collect,
  engineOption,
  modulesOption,
  overridesFrom,
  path,
  positiveInteger,
  workersOption,
} from './options.js';
import { outputWidth, print, printJson } from './output.js';
import { surveyText } from './survey.js';

interface InspectCommandOptions extends Pick<InspectOptions, 'workers' | 'engine' | 'batchSize' | 'modules'> {
  readonly set?: readonly string[];
  readonly json?: true;
}

export function addInspectCommand(program: Command, _context: CommandContext): void {
  program
    .command('inspect')
    .summary('what data hold; layers, parameters, memory and plan of a model')
    .description(
      'Of a file or folder of data: columns, types, ranges, missing values, classes and the first rows. Of a model: the layers with output shapes and parameters, memory by region, shards and slices, and the engine.',
    )
    .argument('<target>', 'data, a config, a run directory, a model.json or a checkpoint', path)
    .option('--batch-size <n>', 'plan for this many rows a batch', positiveInteger)
    .addOption(workersOption())
    .addOption(engineOption())
    .addOption(modulesOption())
    .option('--set <key=value>', 'any setting of the config; repeatable', collect)
    .option('--json', 'write one JSON object')
    .addHelpText('after', '\nExample:\n  $ lockstep inspect examples/digits-cnn.yaml --workers 4')
    .action((target: string, options: InspectCommandOptions) => runInspect(target, options));
}

async function runInspect(target: string, { json, set, ...options }: InspectCommandOptions): Promise<void> {
  const { inspect, surveyOf } = await import('../run/inspection.js');
  const survey = await surveyOf(target);
  if (survey !== undefined) {
    if (json) printJson(survey);
    else print(surveyText(target, survey, outputWidth()));
    return;
  }
  const { workers, engine } = options;
  const modules = options.modules?.map((given) => resolve(givenPath(given)));
  const settings = { workers: workers?.toString(), engine, ...(set && { set }) };
  const overrides = overridesFrom(settings, { workers: 'run.workers', engine: 'run.engine' });
  const named = modules === undefined ? [] : [{ path: 'model.modules', value: modules, from: '--modules' }];
  const found = await inspect(target, { ...options, ...(modules && { modules }), overrides: [...overrides, ...named] });
  if (json) printJson(found);
  else print(inspectionText(target, found, outputWidth()));
}

function inspectionText(target: string, found: Inspection, width: number): string {
  const { kind, facts, engine, engineReason, workers, workersReason, shards, batchSize } = found;
  const plan = [
    formatEngine(engine, engineReason),
    `workers ${workers} (${workersReason})`,
    `shards ${shards}`,
    `batch size ${batchSize}`,
  ];
  const blocks = [
    `${kind} ${target}`,
    wrapParts([...Object.entries(facts).map(([name, value]) => `${name} ${value}`), ...plan], width),
    '',
    layersTable(found, width),
    '',
    memoryTable(found, width),
    '',
    peakTable(found, width),
    '',
    planTable(found, width),
  ];
  return blocks.join('\n');
}

function layersTable({ layers, parameters, isGraph }: Inspection, width: number): string {
  const rows = layers.map((layer) => [
    layer.name,
    layer.type,
    `[${layer.outputShape.map((length, axis) => length ?? (axis === 0 ? 'batch' : 'any')).join(', ')}]`,
    formatCount(layer.parameters),
    ...(isGraph ? [layer.connectedTo.map((names) => names.join(' + ')).join('; ')] : []),
  ]);
  const columns = [
    { title: 'layer' },
    { title: 'type' },
    { title: 'output' },
    { title: 'parameters', align: 'right' },
    ...(isGraph ? [{ title: 'connected to' }] : []),
  ] as const;
  const total = ['total', '', '', formatCount(parameters), ...(isGraph ? [''] : [])];
  return renderTable(columns, [...rows, total], width);
}

function memoryTable({ memory }: Inspection, width: number): string {
  const total = memory.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...memory.map(({ region, bytes }) => [region, formatBytes(bytes)]), ['total', formatBytes(total)]];
  return renderTable([{ title: 'memory' }, { title: 'size', align: 'right' }], rows, width);
}

/** What the process will have at most; the data come on top. */
function peakTable({ peakMemory }: Inspection, width: number): string {
  const total = peakMemory.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...peakMemory.map(({ part, bytes }) => [part, formatBytes(bytes)]), ['total', formatBytes(total)]];
  const columns = [{ title: 'at the peak, without the data' }, { title: 'size', align: 'right' }] as const;
  return renderTable(columns, rows, width);
}

function planTable({ shardPlan }: Inspection, width: number): string {
  const range = ([from, end]: readonly [number, number]): string =>
    end > from ? `${formatCount(from)} to ${formatCount(end - 1)}` : 'none';
  const rows = shardPlan.map(({ rank, shards, slice }) => [String(rank), range(shards), range(slice)]);
  return renderTable([{ title: 'rank' }, { title: 'shards' }, { title: 'slice of the parameter vector' }], rows, width);
}
