import type { StoredArray } from '../../../coordinator/data/arrays/storedArray.js';
import type { KeptArrays } from './kept.js';

/** Which rows of the data are asked for: those of training, those to validate on, or others for the trained model. */
export type Role = 'train' | 'validation' | 'other';

/** Which arrays, and which of their columns, are inputs and labels. */
export type Places = Pick<KeptArrays, 'x' | 'y' | 'labelColumns' | 'width'>;

/** Arrays of some rows, open: one for each input of the model and, where they have labels, one for each output. */
export interface Part {
  readonly x: readonly StoredArray[];
  /** null where there are none; undefined for an output that is not trained and has none. */
  readonly y: readonly (StoredArray | undefined)[] | null;
  readonly places: Places;
  /** Names of classes that stand beside the data. */
  readonly classes?: readonly string[];
  /** Where labels are looked for, for the error of data without them. */
  readonly labelsWanted: string;
  close(): void;
}
