import { type Tokenizing, tokensOf } from '../../../coordinator/data/text/tokens.js';
import { numberer, sizeOfVocabulary, vocabularyOf } from '../../../coordinator/data/text/vocabulary.js';
import { countWindows, windows } from '../../../coordinator/data/windows.js';
import { targetsOf } from '../../../coordinator/options/losses.js';
import type { RowSource } from '../../../coordinator/options/trainerOptions.js';
import { userError } from '../../../shared/errors.js';
import type { CountedRows, DataRequest, LoadedRows, TrainingData } from '../format.js';
import { digestOf, readRunning } from './files.js';
import type { KeptRunning } from './kept.js';
import type { TextConfig } from './section.js';

/** What the rows of running text are, before the text is read. */
type Rows = Pick<KeptRunning, 'length' | 'stride' | 'eachStep' | 'outputs'>;

/**
 * Running text for a model that tells the next token. The vocabulary is that of the training part, which ends where that to validate on
 * begins.
 */
export async function loadRunning(
  data: TextConfig,
  how: Tokenizing,
  request: DataRequest,
): Promise<TrainingData<KeptRunning>> {
  const { validationSplit = 0 } = request;
  const rows = rowsOf(data, request);
  const texts = await readRunning(data.text);
  const tokens = joined(texts, how);
  const cut = Math.floor(tokens.length * (1 - validationSplit));
  const vocabulary = vocabularyOf([tokens.slice(0, cut)], data.maxTokens);
  requireOutputs(data.text, sizeOfVocabulary(vocabulary), rows);
  const numbers = numbersOf(tokens, vocabulary);
  const train = requireWindows(data.text, numbers.subarray(0, cut), rows);
  const kept: KeptRunning = { kind: 'running', ...how, ...rows, vocabulary, rows: train.rows, digest: digestOf(texts) };
  const held = validationSplit > 0 ? numbers.subarray(cut) : undefined;
  const apart = data.validation === undefined ? null : await readLabelledRunning(data.validation, kept);
  return { train, validation: held === undefined ? apart : await wholeOf(requireWindows(data.text, held, rows)), kept };
}

/** Other running text, in windows that follow each other. */
export async function readLabelledRunning(path: string, kept: KeptRunning): Promise<CountedRows> {
  const numbers = numbersOf(joined(await readRunning(path), kept), kept.vocabulary);
  return wholeOf(requireWindows(path, numbers, { ...kept, stride: kept.length }));
}

/** The last window of a text: what comes next is what is predicted. */
export async function readLastWindow(path: string, kept: KeptRunning): Promise<LoadedRows> {
  const numbers = numbersOf(joined(await readRunning(path), kept), kept.vocabulary);
  if (numbers.length < kept.length) {
    throw userError(
      'DATA_UNREADABLE',
      `${path} has ${numbers.length} tokens, but the model tells the next one from ${kept.length}; give a longer text.`,
    );
  }
  return { rows: 1, x: { values: numbers.slice(-kept.length), shape: [1, kept.length] } };
}

function rowsOf(data: TextConfig, { model: { inputShape, outputShape }, losses: [loss] }: DataRequest): Rows {
  if (targetsOf(loss.name) !== 'classes') {
    throw userError(
      'TARGET_MISMATCH',
      `compile.loss is ${loss.name}, but the next token of a text is one of many; use sparseCategoricalCrossentropy.`,
    );
  }
  const length = data.window ?? inputShape[0];
  const eachStep = outputShape.length === 2;
  const isFit = inputShape.join() === String(length) && (!eachStep || outputShape[0] === length);
  const outputs = outputShape[outputShape.length - 1];
  if (isFit) return { length, eachStep, stride: data.stride ?? (eachStep ? length : 1), outputs };
  throw userError(
    'SHAPE_MISMATCH',
    `Windows of ${length} tokens are rows of [${length}], but the model takes [${inputShape.join(', ')}] and gives [${outputShape.join(', ')}]; change data.window or inputShape, so that it gives [tokens] or [${length}, tokens].`,
  );
}

function requireOutputs(path: string, needed: number, { outputs }: Rows): void {
  if (outputs >= needed) return;
  throw userError(
    'CLASS_COUNT',
    `${path} has ${needed} tokens, padding and the unknown one included, but the model tells ${outputs} apart; give its last layer units: ${needed}, or set data.maxTokens to ${outputs}.`,
  );
}

/** Files follow each other as if a line ended between them. */
function joined(texts: readonly string[], how: Tokenizing): string[] {
  return tokensOf(texts.join('\n'), how);
}

function numbersOf(tokens: readonly string[], vocabulary: readonly string[]): Int32Array {
  return Int32Array.from(tokens, numberer(vocabulary));
}

function requireWindows(path: string, numbers: Int32Array, { length, stride, eachStep }: Rows): RowSource {
  if (countWindows(numbers.length, { length, stride, every: 1, ahead: 1 }) > 0) {
    return windows(numbers, { length, stride, eachStep });
  }
  throw userError(
    'DATA_UNREADABLE',
    `${path} has ${numbers.length} tokens in one part, but a window of ${length} and the token behind it take ${length + 1}; give a longer text, or a smaller data.window.`,
  );
}

async function wholeOf(source: RowSource): Promise<CountedRows> {
  const { rows } = source;
  return {
    ...(await source.read(
      Int32Array.from({ length: rows }, (_, row) => row),
      0,
    )),
    rows,
  };
}
