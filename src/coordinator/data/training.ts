import { userError } from '../../shared/errors.js';
import type { DatasetSource } from '../options/datasets.js';
import type { FitFields } from '../options/fitFields.js';
import type { ClassWeights, LabelledData, RowSource } from '../options/trainerOptions.js';
import { hasMethod } from '../options/values.js';
import { type BatchSource, sourceOf } from './batchSource.js';
import { elementInputs, isRowSource, labelled, labelledElement, weighted } from './calls.js';
import { type Dataset, isBorrowed, openAndSplit, openBatch, openDataset, openInputs } from './dataset.js';
import { isDatasetSource } from './datasetReader.js';
import { batchesOfDataset } from './datasetSource.js';
import { type DataModel, programFor } from './lengths.js';
import { batchesFrom } from './rowSource.js';

type TrainingOptions = Pick<
  FitFields,
  'validationData' | 'validationSplit' | 'validationSteps' | 'stepsPerEpoch' | 'sampleWeight' | 'classWeight'
>;

/** What `fit` trains on and validates on. */
interface Training {
  readonly train: BatchSource;
  readonly validation: BatchSource | null;
}

/** Opens training data: numbers are read and checked as a whole, the rows of a source or a dataset only when they are needed. */
export async function openTraining(
  given: LabelledData | RowSource | DatasetSource<unknown>,
  { validationData, validationSplit, validationSteps, stepsPerEpoch, ...weights }: TrainingOptions,
  model: DataModel,
): Promise<Training> {
  const validate = async (): Promise<BatchSource | null> =>
    validationData === undefined ? null : openValidation(validationData, validationSteps, model);
  if (isDatasetSource(given)) {
    requireEnd('fit', given, 'stepsPerEpoch', stepsPerEpoch);
    const dataset = stepsPerEpoch === undefined ? askedTwice(given) : given;
    return {
      train: labelledBatches(dataset, 'the dataset', model, weights.classWeight),
      validation: await validate(),
    };
  }
  const data = weighted('fit', given, weights);
  const share = validationData === undefined ? validationSplit : undefined;
  if (isRowSource(data)) {
    if (share !== undefined) throw cannotSplit(share);
    return { train: batchesFrom(data, model), validation: await validate() };
  }
  const program = await programFor(model, data.x);
  if (share !== undefined) {
    const [train, validation] = openAndSplit(data, share, program);
    return { train: sourceOf(train, isBorrowed(data)), validation: sourceOf(validation) };
  }
  const train = openDataset(data, program);
  return { train: sourceOf(train, isBorrowed(data)), validation: await validate() };
}

async function openValidation(given: unknown, steps: number | undefined, model: DataModel): Promise<BatchSource> {
  const call = 'fit: validationData';
  if (!isDatasetSource(given)) return inMemory(labelled(call, given), model);
  requireEnd(call, given, 'validationSteps', steps);
  return labelledBatches(given, 'validationData', model);
}

/** Opens what `evaluate` goes through. */
export async function openEvaluation(
  call: string,
  given: LabelledData | DatasetSource<unknown>,
  { steps, ...weights }: Pick<FitFields, 'sampleWeight' | 'classWeight'> & { readonly steps?: number },
  model: DataModel,
): Promise<BatchSource> {
  if (!isDatasetSource(given)) return inMemory(weighted(call, given, weights), model);
  requireEnd(call, given, 'steps', steps);
  return labelledBatches(given, 'the dataset', model, weights.classWeight);
}

async function inMemory(data: LabelledData, model: DataModel): Promise<BatchSource> {
  return sourceOf(openDataset(data, await programFor(model, data.x)));
}

/** Opens the inputs that `predict` goes through. */
export async function openPrediction(
  call: string,
  given: unknown,
  steps: number | undefined,
  model: DataModel,
): Promise<BatchSource> {
  const open = async (x: unknown): Promise<Dataset> => openInputs(x, await programFor(model, x));
  if (!isDatasetSource(given)) return sourceOf(await open(given));
  requireEnd(call, given, 'steps', steps);
  const axes = 1 + model.program.inputs[0].shape.length;
  return batchesOfDataset(given, 'the dataset', (element) => open(elementInputs(element, axes)), model);
}

function labelledBatches(
  given: DatasetSource<unknown>,
  name: string,
  model: DataModel,
  classWeight?: ClassWeights,
): BatchSource {
  const open = async (element: unknown): Promise<Dataset> => {
    const data = labelledElement(element);
    const program = await programFor(model, data.x);
    return openBatch(classWeight === undefined ? data : { ...data, classWeight }, program);
  };
  return batchesOfDataset(given, name, open, model);
}

/**
 * `model.fitDataset` asks for one iterator more than it goes through, before the first epoch: a dataset that is shuffled by a
 * seed has the same order here.
 */
function askedTwice(given: DatasetSource<unknown>): DatasetSource<unknown> {
  if (typeof given === 'function' || !hasMethod(given, 'iterator')) return given;
  const dataset = given;
  let first = true;
  return {
    iterator: async () => {
      if (first) await dataset.iterator();
      first = false;
      return dataset.iterator();
    },
  };
}

/** Refuses a dataset that says that it has no end, where it would be gone through to its end. */
function requireEnd(call: string, given: DatasetSource<unknown>, option: string, steps: number | undefined): void {
  if (steps !== undefined || typeof given === 'function' || !('size' in given)) return;
  if (given.size !== Number.POSITIVE_INFINITY) return;
  throw userError(
    'INVALID_OPTION',
    `${call} was given a dataset without an end; give ${option}, or leave out repeat().`,
  );
}

function cannotSplit(share: number): Error {
  return userError(
    'INVALID_OPTION',
    `validationSplit is ${share}, but the data are a source that is read while training; give validationData instead.`,
  );
}
