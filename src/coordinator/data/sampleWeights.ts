import { userError } from '../../shared/errors.js';
import { type Column, type ColumnArray, columnArray } from '../../shared/memory/dataset.js';
import type { Port, Program } from '../../shared/program/program.js';
import { sizeOf } from '../compiler/lower/description.js';
import type { ClassWeights } from '../options/trainerOptions.js';
import { isPlain, show } from '../options/values.js';
import { readSource } from './columns.js';
import { areWords } from './labels.js';
import type { Numbers } from './numberArrays.js';
import { listed, quoted } from './quoted.js';

/** Reads weights of rows, or of each group of a row (the steps of a sequence), as a column of one weight a group. */
export function openWeights(source: unknown, rows: number, port: Port): Column {
  const { values, shape } = readSource(source, { name: 'sampleWeight', shape: [] });
  const groups = sizeOf(port.shape);
  const each = values.length === rows ? groups : 1;
  if (values.length * each !== rows * groups) {
    const steps = groups > 1 ? ` or [${[rows, ...port.shape].join(', ')}]` : '';
    throw userError(
      'SHAPE_MISMATCH',
      `sampleWeight has shape [${shape.join(', ')}], but there are ${rows} rows; give shape [${rows}]${steps}.`,
    );
  }
  return weightColumn(rows, groups, (group) => requireWeight(values, Math.floor(group / each), port));
}

/** What class weights need of a dataset. */
interface Weighable {
  readonly rows: number;
  readonly targets: readonly Column[];
  readonly weights: readonly Column[];
}

/** The dataset with the weight of the class of each group, times the weight it has. */
export function weightClasses<T extends Weighable>(
  dataset: T,
  classWeight: ClassWeights,
  { weights, outputs }: Program,
): T {
  if (outputs.length > 1) {
    throw userError(
      'INVALID_OPTION',
      `classWeight is given, but the model has ${outputs.length} outputs; give sampleWeight instead.`,
    );
  }
  const groups = sizeOf(weights[0].shape);
  requireClasses(classWeight, sizeOf(outputs[0].shape) / groups);
  const classOf = classReader(dataset.targets[0], groups);
  const own = dataset.weights.map(columnArray)[0];
  const weightAt = (group: number): number => (classWeight[classOf(group)] ?? 1) * (own?.[group] ?? 1);
  return { ...dataset, weights: [weightColumn(dataset.rows, groups, weightAt)] };
}

/** Weights by the names of classes → by their numbers; a number stands for itself where it cannot be taken for a name. */
export function numberClasses(classWeight: ClassWeights, names: readonly string[] = []): ClassWeights {
  const numberOf = (name: string): string => {
    const number = names.indexOf(name);
    if (number >= 0) return String(number);
    if (areWords(names)) return name;
    throw userError(
      'INVALID_OPTION',
      `fit.classWeight names the class ${quoted(name)}, but the classes are named ${listed(names, 10)}; give weights by these names.`,
    );
  };
  return Object.fromEntries(Object.entries(classWeight).map(([name, weight]) => [numberOf(name), weight]));
}

/** The class of each group of targets: a class number as it is, else the position of the largest of the group. */
function classReader(target: Column, groups: number): (group: number) => number {
  const values = columnArray(target);
  const size = target.size / groups;
  if (size === 1) return (group) => values[group] * target.scale;
  return (group) => largestAt(values.subarray(group * size, (group + 1) * size));
}

/** Position of the first of the largest. */
function largestAt(values: ColumnArray): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[largest]) largest = i;
  return largest;
}

/** A single output tells two classes apart. */
function requireClasses(classWeight: ClassWeights, outputs: number): void {
  if (!isPlain(classWeight)) {
    throw userError(
      'INVALID_OPTION',
      `classWeight is ${show(classWeight)}; give a weight for each class, such as { 0: 1, 1: 5 }.`,
    );
  }
  const classes = Math.max(outputs, 2);
  for (const [name, weight] of Object.entries(classWeight)) {
    const number = Number(name);
    if (!Number.isInteger(number) || number < 0 || number >= classes) {
      throw userError(
        'INVALID_OPTION',
        `classWeight names class ${name}, but there are classes 0 to ${classes - 1}; name one of those.`,
      );
    }
    if (Number.isFinite(weight) && weight >= 0) continue;
    throw userError('INVALID_OPTION', `classWeight of class ${name} is ${show(weight)}; give a number of at least 0.`);
  }
}

function weightColumn(rows: number, groups: number, weightAt: (group: number) => number): Column {
  const memory = new SharedArrayBuffer(rows * groups * 4);
  const weights = new Float32Array(memory);
  for (let group = 0; group < weights.length; group++) weights[group] = weightAt(group);
  return { type: 'float32', memory, byteOffset: 0, size: groups, rows, scale: 1 };
}

function requireWeight(values: Numbers, at: number, { signed }: Port): number {
  const weight = values[at];
  if (Number.isFinite(weight) && (signed || weight >= 0)) return weight;
  const needed =
    signed || !Number.isFinite(weight)
      ? 'every weight must be a finite number'
      : "weights below 0 need the loss option reduction: 'sum_over_batch_size' and no weightedMetrics, as nothing can be divided by weights that cancel";
  throw userError('INVALID_WEIGHT', `sampleWeight is ${weight} at position ${at}; ${needed}.`);
}
