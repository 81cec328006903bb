import { userError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import { requireShare } from '../options/resolve.js';
import type { LabelledData, RowSource, ValidationOptions } from '../options/trainerOptions.js';
import { type BatchSource, batchesOf } from './batchSource.js';
import { type Dataset, isBorrowed, openAndSplit, openDataset } from './dataset.js';
import { batchesFrom, isRowSource } from './rowSource.js';

/** What `fit` trains on and validates on. */
interface Training {
  readonly train: BatchSource;
  readonly validation: Dataset | null;
}

/** Opens training data: numbers are read and checked as a whole, the rows of a source only when they are needed. */
export async function openTraining(
  data: LabelledData | RowSource,
  { validationData, validationSplit }: ValidationOptions,
  program: Program,
): Promise<Training> {
  const share = validationData === undefined ? validationSplit : undefined;
  if (isRowSource(data)) {
    if (share !== undefined) throw cannotSplit(share);
    return { train: batchesFrom(data, program), validation: await openValidation(validationData, program) };
  }
  const borrowed = isBorrowed(data);
  if (share !== undefined) {
    const [train, validation] = await openAndSplit(data, requireShare(share), program);
    return { train: batchesOf(train, borrowed), validation };
  }
  const train = batchesOf(await openDataset(data, program), borrowed);
  return { train, validation: await openValidation(validationData, program) };
}

async function openValidation(data: LabelledData | undefined, program: Program): Promise<Dataset | null> {
  return data === undefined ? null : openDataset(data, program);
}

function cannotSplit(share: number): Error {
  return userError(
    'INVALID_OPTION',
    `validationSplit is ${share}, but the data are a source that is read while training; give validationData instead.`,
  );
}
