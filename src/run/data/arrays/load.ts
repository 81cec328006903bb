import type { Rows, StoredArray } from '../../../coordinator/data/arrays/storedArray.js';
import { rowsOf, sizeOfShape } from '../../../coordinator/data/arrays/storedArray.js';
import type { Scaling } from '../../../coordinator/data/scaling.js';
import { shuffleRows, splitRow } from '../../../coordinator/data/split.js';
import { targetsOf } from '../../../coordinator/options/losses.js';
import type { InputFacts, OutputFacts } from '../../../coordinator/trainerFacts.js';
import { userError } from '../../../shared/errors.js';
import type { BatchedRows, CountedRows, DataRequest, LoadedRows, ModelPorts, TrainingData } from '../format.js';
import { identityOf } from './identity.js';
import { fitInput, requireInput } from './inputs.js';
import type { KeptArrays } from './kept.js';
import type { ArrayData, ArrayKind, Opening } from './kind.js';
import type { Part, Role } from './parts.js';
import { batchesOfRows, fitInMemory, heldRows, type RowReader, rowsInFiles, sourceOfRows } from './rows.js';
import { commonRows } from './shapes.js';
import { formOf, type KnownClasses, type TargetReader, targetReader } from './targets.js';

/** What a run keeps of arrays of some format: how they are read, with the section that says so. */
export type Kept = KeptArrays & { readonly reading: ArrayData };

/** The path of a section, by its key. */
type PathOf = (key: string) => string | undefined;

/** Opens, shuffles, splits and scales arrays. Statistics come from the training rows alone. */
export async function loadArrays(
  kind: ArrayKind,
  data: ArrayData,
  { model, validationSplit, seed }: DataRequest<ModelPorts>,
): Promise<TrainingData<Kept>> {
  const pathOf: PathOf = (key) => data[key] as string | undefined;
  const path = pathOf(kind.key) as string;
  const reading = withoutPaths(kind, data);
  const part = await openPart(kind, reading, { path, labels: pathOf('labels'), role: 'train' }, model);
  if (part.y === null) throw noLabels(path, part);
  const rows = commonRows(arraysOf(part));
  requireInputs(part, model);
  const order = data.shuffle ? shuffled(rows, seed) : null;
  const at = validationSplit === undefined ? rows : splitRow(rows, validationSplit);
  const view = (from: number, to: number): Rows => order?.subarray(from, to) ?? { from, to };
  const targets = openTargets(part, model.outputs, (i) => ({
    names: i === 0 ? (data.classes ?? part.classes) : undefined,
  }));
  const scaling = part.x.map((array, i) => fitInput(array, model.inputs[i], data, view(0, at)));
  const reader: RowReader = { inputs: openInputs(part, model.inputs, scaling), targets };
  const kept = keep(part, targets, scaling, reading);
  const isHeld = fitInMemory(arraysOf(part), data.inMemory);
  const rest = at === rows ? null : opened(reader, view(at, rows), isHeld, batchesOfRows);
  const train = opened(reader, view(0, at), isHeld, sourceOfRows);
  if (isHeld) part.close();
  return { train, validation: rest ?? (await loadValidation(kind, pathOf, kept, model)), kept };
}

/** Rows of other files for the model; their labels, where they have some, are not looked at. */
export async function readOther(
  kind: ArrayKind,
  path: string,
  kept: Kept,
  model: ModelPorts,
): Promise<LoadedRows | BatchedRows> {
  const part = await openPart(kind, kept.reading, { path, labels: undefined, role: 'other' }, model, kept);
  const rows = commonRows(part.x);
  requireInputs(part, model);
  const reader: RowReader = { inputs: openInputs(part, model.inputs, kept.scaling), targets: null };
  const whole = { from: 0, to: rows };
  const isHeld = fitInMemory(part.x, kept.reading.inMemory);
  const read = opened(reader, whole, isHeld, batchesOfRows);
  if (isHeld) part.close();
  return read;
}

/** As `readOther`, for rows whose labels are needed. */
export async function readLabelled(
  kind: ArrayKind,
  opening: Pick<Opening, 'path' | 'labels' | 'role'>,
  kept: Kept,
  model: ModelPorts,
): Promise<CountedRows | BatchedRows> {
  const part = await openPart(kind, kept.reading, opening, model, kept);
  if (part.y === null) throw noLabels(opening.path, part);
  const rows = commonRows(arraysOf(part));
  requireInputs(part, model);
  const targets = openTargets(part, model.outputs, (i) => keptClasses(kept, i));
  const reader: RowReader = { inputs: openInputs(part, model.inputs, kept.scaling), targets };
  const whole = { from: 0, to: rows };
  const isHeld = fitInMemory(arraysOf(part), kept.reading.inMemory);
  const read = opened(reader, whole, isHeld, batchesOfRows);
  if (isHeld) part.close();
  return read;
}

/** The shape of a row of the only input, for a model that leaves it to its data. */
export async function rowShape(kind: ArrayKind, data: ArrayData): Promise<readonly number[]> {
  const names = { inputs: ['input'], outputs: ['output'] };
  const labels = data.labels as string | undefined;
  const opening = { path: data[kind.key] as string, labels, role: 'train', ...names, places: undefined } as const;
  const part = await kind.open(withoutPaths(kind, data), opening);
  const { row } = rowsOf(part.x[0]);
  part.close();
  return row.length === 0 ? [1] : row;
}

/** Rows in memory, or else read by the ranks, or else batch by batch as `ahead` does. */
function opened<T>(
  reader: RowReader,
  rows: Rows,
  isHeld: boolean,
  ahead: (reader: RowReader, rows: Rows) => T,
): CountedRows | T {
  return isHeld ? heldRows(reader, rows) : (rowsInFiles(reader, rows) ?? ahead(reader, rows));
}

async function loadValidation(
  kind: ArrayKind,
  pathOf: PathOf,
  kept: Kept,
  model: ModelPorts,
): Promise<CountedRows | BatchedRows | null> {
  const path = pathOf('validation');
  if (path === undefined) return null;
  return readLabelled(kind, { path, labels: pathOf('validationLabels'), role: 'validation' }, kept, model);
}

async function openPart(
  kind: ArrayKind,
  reading: ArrayData,
  { path, labels, role }: { readonly path: string; readonly labels: string | undefined; readonly role: Role },
  { inputs, outputs }: ModelPorts,
  places?: Kept,
): Promise<Part> {
  const names = { inputs: inputs.map(({ name }) => name), outputs: outputs.map(({ name }) => name) };
  return kind.open(reading, { path, labels, role, ...names, places });
}

function requireInputs({ x }: Part, { inputs }: ModelPorts): void {
  for (const [i, array] of x.entries()) requireInput(array, inputs[i]);
}

function openInputs(part: Part, inputs: readonly InputFacts[], scaling: readonly Scaling[]): RowReader['inputs'] {
  return part.x.map((array, i) => {
    requireScaling(array, scaling[i]);
    return { array, input: inputs[i], scaling: scaling[i] };
  });
}

/** What a run stored may have been changed since. */
function requireScaling(array: StoredArray, scaling: Scaling | undefined): void {
  const size = sizeOfShape(rowsOf(array).row);
  const isWhole =
    scaling?.kind !== 'standardize' || [scaling.mean, scaling.deviation].every((of) => of.length === size);
  if (scaling !== undefined && isWhole) return;
  throw userError(
    'RUN_UNREADABLE',
    `The run does not tell how each of the ${size} numbers of a row of ${array.name} is scaled; restore its preprocessing.json.`,
  );
}

function openTargets(
  { y }: Part,
  outputs: readonly OutputFacts[],
  classesOf: (output: number) => KnownClasses,
): NonNullable<RowReader['targets']> {
  return outputs.map((output, i) => {
    const array = y?.[i];
    if (array !== undefined) return { output, reader: targetReader(array, output, classesOf(i)) };
    if (output.loss === null) return { output, reader: undefined };
    throw userError(
      'ARRAY_MISSING',
      `There is no array for output ${output.name} of the model, which is trained; name one with data.y.`,
    );
  });
}

/** Names of classes, and whether labels were names: what the run remembers of its arrays tells that. */
function keptClasses({ classNames, identity, x, y }: Kept, output: number): KnownClasses {
  const labels = identity.slice(x.length).find(({ key }) => key === keyOf(y[output]));
  return { names: classNames[output] ?? undefined, form: labels && formOf(labels.type) };
}

/** What a run calls an array, by its name in the file. */
function keyOf(place: string): string {
  return place === '' ? 'the array' : place;
}

function keep(
  part: Part,
  targets: readonly { readonly output: OutputFacts; readonly reader: TargetReader | undefined }[],
  scaling: readonly Scaling[],
  reading: ArrayData,
): Kept {
  const { x, y, places } = part;
  const labels = (y ?? []).flatMap((array, i) => (array === undefined ? [] : [[places.y[i], array] as const]));
  const arrays = [...x.map((array, i) => [places.x[i], array] as const), ...labels];
  const classNames = targets.map(({ reader }) => (reader?.classes === undefined ? null : [...reader.classes]));
  const [{ output }] = targets;
  const of = output.loss === null ? 'numbers' : targetsOf(output.loss);
  const target = of === 'probabilities' ? 'oneHot' : of === 'binary' && sizeOfShape(output.shape) > 1 ? 'numbers' : of;
  return {
    ...places,
    scaling: [...scaling],
    classNames,
    ...(classNames[0] !== null && { classes: classNames[0] }),
    target,
    identity: identityOf(arrays.map(([key, array]) => [keyOf(key), array])),
    reading,
  };
}

/** Row numbers in the order that a table of as many rows is shuffled to. */
function shuffled(rows: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  shuffleRows([{ values: order, size: 1 }], rows, seed);
  return order;
}

function arraysOf({ x, y }: Part): StoredArray[] {
  return [...x, ...(y ?? []).filter((array) => array !== undefined)];
}

function withoutPaths({ paths }: ArrayKind, data: ArrayData): ArrayData {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !paths.includes(key))) as ArrayData;
}

function noLabels(path: string, { labelsWanted }: Part): Error {
  return userError('NO_LABELS', `${path} has no labels that are known; ${labelsWanted}.`);
}
