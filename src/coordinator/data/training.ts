import { userError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import type { FitFields } from '../options/fitFields.js';
import type { LabelledData, RowSource } from '../options/trainerOptions.js';
import { type BatchSource, sourceOf } from './batchSource.js';
import { isRowSource, labelled, weighted } from './calls.js';
import { type Dataset, isBorrowed, openAndSplit, openDataset } from './dataset.js';
import { batchesFrom } from './rowSource.js';

type TrainingOptions = Pick<FitFields, 'validationData' | 'validationSplit' | 'sampleWeight' | 'classWeight'>;

/** What `fit` trains on and validates on. */
interface Training {
  readonly train: BatchSource;
  readonly validation: Dataset | null;
}

/** Opens training data: numbers are read and checked as a whole, the rows of a source only when they are needed. */
export function openTraining(
  given: LabelledData | RowSource,
  { validationData: ownValidation, validationSplit, ...weights }: TrainingOptions,
  program: Program,
): Training {
  const data = weighted('fit', given, weights);
  const validationData = ownValidation === undefined ? undefined : labelled('fit: validationData', ownValidation);
  const share = validationData === undefined ? validationSplit : undefined;
  if (isRowSource(data)) {
    if (share !== undefined) throw cannotSplit(share);
    return { train: batchesFrom(data, program), validation: openValidation(validationData, program) };
  }
  if (share !== undefined) {
    const [train, validation] = openAndSplit(data, share, program);
    return { train: sourceOf(train, isBorrowed(data)), validation };
  }
  const train = openDataset(data, program);
  return { train: sourceOf(train, isBorrowed(data)), validation: openValidation(validationData, program) };
}

function openValidation(data: LabelledData | undefined, program: Program): Dataset | null {
  return data === undefined ? null : openDataset(data, program);
}

function cannotSplit(share: number): Error {
  return userError(
    'INVALID_OPTION',
    `validationSplit is ${share}, but the data are a source that is read while training; give validationData instead.`,
  );
}
