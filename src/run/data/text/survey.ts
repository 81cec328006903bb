import { join } from 'node:path';
import { type ClassFolder, listClasses } from '../../../coordinator/data/classFolder.js';
import { tokensOf } from '../../../coordinator/data/text/tokens.js';
import { vocabularyOf } from '../../../coordinator/data/text/vocabulary.js';
import { classField } from '../classField.js';
import type { Survey } from '../survey.js';
import { hasClasses, readRunning, readText, textFiles } from './files.js';

/** Texts as far as a choice of model needs them. */
export interface FoundTexts {
  /** Null for running text. */
  readonly folder: ClassFolder | null;
  /** How many tokens each text has: words where there are classes, else characters. */
  readonly lengths: readonly number[];
  /** Different tokens. */
  readonly distinct: number;
}

export async function lookAtTexts(path: string): Promise<FoundTexts> {
  const folder = (await hasClasses(path)) ? await listClasses(path, textFiles) : null;
  const texts =
    folder === null
      ? await readRunning(path)
      : await Promise.all(folder.files.map(({ name }) => readText(join(path, name))));
  const level = folder === null ? 'char' : 'word';
  const standardize = folder === null ? 'none' : 'lowerAndStripPunctuation';
  const tokens = texts.map((text) => tokensOf(text, { level, standardize }));
  return { folder, lengths: tokens.map(({ length }) => length), distinct: vocabularyOf(tokens).length };
}

/** What `inspect` tells of texts. */
export async function surveyText(path: string): Promise<Survey> {
  const { folder, lengths, distinct } = await lookAtTexts(path);
  const sorted = lengths.toSorted((a, b) => a - b);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  if (folder === null)
    return { kind: 'text', facts: { texts: lengths.length, characters: all, different: distinct }, fields: [] };
  return {
    kind: 'folder of texts',
    facts: { texts: lengths.length, classes: folder.classes.length, words: all, different: distinct },
    fields: [
      {
        name: 'text',
        type: 'text',
        range: `${sorted[0]} to ${sorted[sorted.length - 1]} words, ${sorted[sorted.length >> 1]} in the middle`,
      },
      classField(folder),
    ],
  };
}
