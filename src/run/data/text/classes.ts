import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ClassFile, listClasses, listFiles } from '../../../coordinator/data/classFolder.js';
import { labelsOf } from '../../../coordinator/data/images/targets.js';
import { stratifiedSplit } from '../../../coordinator/data/stratified.js';
import { type Tokenizing, tokensOf } from '../../../coordinator/data/text/tokens.js';
import { numberer, vocabularyOf } from '../../../coordinator/data/text/vocabulary.js';
import { userError } from '../../../shared/errors.js';
import { classTarget, requireOutputs } from '../classTarget.js';
import type { CountedRows, DataRequest, LoadedRows, TrainingData } from '../format.js';
import { digestOf, readText, textFiles } from './files.js';
import type { KeptClasses } from './kept.js';
import type { TextConfig } from './section.js';

/** Texts with classes: each file is a row. The vocabulary is that of the training rows. */
export async function loadClasses(
  data: TextConfig,
  how: Tokenizing,
  request: DataRequest,
): Promise<TrainingData<KeptClasses>> {
  const { validationSplit, seed, model } = request;
  const target = classTarget(data.text, request);
  const length = requireLength(data, model.inputShape);
  const { classes, files } = await listClasses(data.text, textFiles, data.classes);
  requireOutputs(data.text, classes.length, target, model.outputShape);
  const texts = await readTexts(data.text, files);
  const tokens = texts.map((text) => tokensOf(text, how));
  const parts =
    validationSplit === undefined
      ? null
      : stratifiedSplit(
          files.map(({ label }) => label),
          validationSplit,
          seed,
        );
  const train = parts?.train ?? Int32Array.from(files, (_, row) => row);
  const vocabulary = vocabularyOf(
    Array.from(train, (row) => tokens[row]),
    data.maxTokens,
  );
  const kept: KeptClasses = {
    kind: 'classes',
    ...how,
    ...{
      vocabulary,
      length,
      classes: [...classes],
      target,
      rows: train.length,
      digest: digestOf([...files.map(({ name }) => name), ...texts]),
    },
  };
  const some = (rows: Int32Array): CountedRows =>
    labelled(
      Array.from(rows, (row) => tokens[row]),
      Array.from(rows, (row) => files[row]),
      kept,
    );
  const apart = data.validation === undefined ? null : await readLabelledTexts(data.validation, kept);
  return { train: some(train), validation: parts === null ? apart : some(parts.validation), kept };
}

/** Other texts in folders for the same classes. */
export async function readLabelledTexts(path: string, kept: KeptClasses): Promise<CountedRows> {
  const { files } = await listClasses(path, textFiles, kept.classes);
  const texts = await readTexts(path, files);
  return labelled(
    texts.map((text) => tokensOf(text, kept)),
    files,
    kept,
  );
}

/** One text, or all texts of a folder, whether or not in folders for classes. */
export async function readTextsToTell(path: string, kept: KeptClasses): Promise<LoadedRows> {
  const isOne = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  const files = isOne ? [{ name: basename(path) }] : await listFiles(path, textFiles, kept.classes);
  const texts = await readTexts(isOne ? dirname(path) : path, files);
  const x = numbersOf(
    texts.map((text) => tokensOf(text, kept)),
    kept,
  );
  return { rows: files.length, x, named: [{ column: 'file', values: files.map(({ name }) => name) }] };
}

function readTexts(folder: string, files: readonly { readonly name: string }[]): Promise<string[]> {
  return Promise.all(files.map(({ name }) => readText(join(folder, name))));
}

function labelled(tokens: readonly (readonly string[])[], files: readonly ClassFile[], kept: KeptClasses): CountedRows {
  const targets = {
    labels: Int32Array.from(files, ({ label }) => label),
    classes: kept.classes.length,
    oneHot: kept.target === 'oneHot',
  };
  return {
    rows: files.length,
    x: numbersOf(tokens, kept),
    y: labelsOf(
      targets,
      Int32Array.from(files, (_, row) => row),
    ),
  };
}

/** Cut at the end, or padded there. */
function numbersOf(texts: readonly (readonly string[])[], { length, vocabulary }: KeptClasses) {
  const values = new Int32Array(texts.length * length);
  const numberOf = numberer(vocabulary);
  texts.forEach((tokens, row) => {
    values.set(tokens.slice(0, length).map(numberOf), row * length);
  });
  return { values, shape: [texts.length, length] };
}

function requireLength({ length: given, text }: TextConfig, inputShape: readonly number[]): number {
  const [own] = inputShape;
  if (inputShape.length === 1 && (given === undefined || given === own)) return own;
  const found = given === undefined ? `${text} becomes rows of [tokens]` : `data.length is ${given}`;
  throw userError('SHAPE_MISMATCH', `${found}, but the model's input is [${inputShape.join(', ')}]; change one.`);
}
