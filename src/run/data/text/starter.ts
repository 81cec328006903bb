import { countClasses } from '../../../coordinator/data/classFolder.js';
import { listed } from '../../../coordinator/data/quoted.js';
import { userError } from '../../../shared/errors.js';
import { classFit } from '../classFit.js';
import type { Starter, StarterRequest } from '../starter.js';
import { type FoundTexts, lookAtTexts } from './survey.js';

/** Words of a row at most: what decides is seldom further behind. */
const MOST_LENGTH = 256;

/** Numbers of words at most: rarer ones are met too seldom to be learned. */
const MOST_WORDS = 10_000;

/** Characters of a window. */
const WINDOW = 64;

/** A config that tells the classes of texts, or the next character of a running one. */
export async function textStarter(path: string, { label }: StarterRequest): Promise<Starter> {
  if (label !== undefined) {
    throw userError(
      'INVALID_OPTION',
      `--label ${label} names a column, but texts have none: classes are their folders; leave it out.`,
    );
  }
  const found = await lookAtTexts(path);
  return found.folder === null ? runningStarter(found) : classesStarter(found, found.folder);
}

function classesStarter({ lengths, distinct }: FoundTexts, folder: NonNullable<FoundTexts['folder']>): Starter {
  const { classes, files } = folder;
  const counts = countClasses(folder);
  const sorted = lengths.toSorted((a, b) => a - b);
  const length = Math.max(1, Math.min(MOST_LENGTH, sorted[Math.floor(0.95 * (sorted.length - 1))]));
  const maxTokens = Math.min(MOST_WORDS, distinct + 2);
  return {
    about: [
      `${files.length} texts in ${classes.length} classes, which are the folders: ${listed(classes, 8)}.`,
      `The least frequent class has ${Math.min(...counts)}, the most frequent ${Math.max(...counts)}. ${distinct} words differ.`,
    ],
    data: [
      {
        key: 'length',
        value: length,
        why: ['Words of a row: longer texts are cut at the end. 19 of 20 are not longer than this.'],
      },
      {
        key: 'maxTokens',
        value: maxTokens,
        why: ['Words that are told apart, the most frequent ones; padding and the unknown word are two of them.'],
      },
    ],
    layers: [
      { layer: { type: 'Embedding', inputDim: maxTokens, outputDim: 32, inputLength: length } },
      { layer: { type: 'GlobalAveragePooling1D' }, why: ['Which words a text has, whatever their order.'] },
      { layer: { type: 'Dense', units: 32, activation: 'relu' } },
      { layer: { type: 'Dropout', rate: 0.3 } },
      { layer: { type: 'Dense', units: classes.length, activation: 'softmax' } },
    ],
    ...classFit(files.length),
  };
}

function runningStarter({ lengths, distinct }: FoundTexts): Starter {
  const characters = lengths.reduce((sum, length) => sum + length, 0);
  const tokens = distinct + 2;
  const window = Math.max(1, Math.min(WINDOW, Math.floor(characters / 20)));
  return {
    about: [
      `${characters} characters of running text, ${distinct} of them different. The model tells each from those before it.`,
    ],
    data: [
      { key: 'level', value: 'char' },
      { key: 'window', value: window, why: ['Characters of a row.'] },
    ],
    layers: [
      { layer: { type: 'Embedding', inputDim: tokens, outputDim: 32, inputLength: window } },
      { layer: { type: 'LSTM', units: 128, returnSequences: true } },
      {
        layer: { type: 'Dense', units: tokens, activation: 'softmax' },
        why: ['An output for each character, for padding and for one that the training part did not have.'],
      },
    ],
    compile: [
      { key: 'optimizer', value: { name: 'adam', learningRate: 0.003 } },
      { key: 'loss', value: 'sparseCategoricalCrossentropy' },
      { key: 'metrics', value: ['accuracy'] },
    ],
    fit: [
      { key: 'epochs', value: 20 },
      { key: 'batchSize', value: 32 },
      {
        key: 'validationSplit',
        value: 0.1,
        why: ['The end of the text tells how well it does on what it was not trained on.'],
      },
      {
        key: 'restoreBest',
        value: true,
        why: ['The model that is kept is that of the epoch with the lowest val_loss.'],
      },
    ],
  };
}
