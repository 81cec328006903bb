import { isMissing } from '../../../../coordinator/data/numberCells.js';
import type { RawColumn } from '../raw.js';
import type { SpecOf } from '../section.js';
import type { FeatureKind } from './feature.js';

type Texts = Extract<RawColumn, { as: 'text' }>;

/** What is learned of a column of categories. */
export interface FittedCategory {
  /** The values that are told apart, in the order of their inputs; before them stands the input of all others. */
  readonly words: readonly string[];
  /** What stands for a missing value; null: it is unknown, or there may be none. */
  readonly fill: string | null;
}

/** What is learned of a column of text. */
export interface FittedText {
  readonly words: readonly string[];
}

/** How Keras's StringLookup calls what it does not know. */
const UNKNOWN = '[UNK]';

/** One input a value, of which one is 1: `StringLookup` and one-hot encoding in Keras. */
export const categories: FeatureKind<SpecOf<'category'>, Texts, FittedCategory> = {
  wants: () => 'text',
  values: (_, column) => textsOf(column),
  isMissing: ({ codes, texts }, row) => isMissing(texts[codes[row]]),
  fit({ missing, fill, most, least }, { codes, texts }, rows) {
    const known = texts.map((text) => !isMissing(text));
    const counts = new Map<string, number>();
    for (const row of rows) if (known[codes[row]]) count(counts, texts[codes[row]]);
    const words = mostFrequent(counts, most, least);
    return { words, fill: fill ?? (missing === 'mostFrequent' ? (words[0] ?? null) : null) };
  },
  inputs: ({ words }, name) => [UNKNOWN, ...words].map((word) => `${name} ${word}`),
  encoder({ words, fill }, { codes, texts }) {
    const places = new Map(words.map((word, i) => [word, i + 1]));
    const placeOf = texts.map((text) => places.get(isMissing(text) ? (fill ?? UNKNOWN) : text) ?? 0);
    return (rows, x, at, width) => {
      for (let i = 0; i < rows.length; i++) x[i * width + at + placeOf[codes[rows[i]]]] = 1;
    };
  },
};

/** One input a word, which is 1 where the text has it: `TextVectorization` in Keras with `multi_hot`. */
export const words: FeatureKind<SpecOf<'text'>, Texts, FittedText> = {
  wants: () => 'text',
  values: (_, column) => textsOf(column),
  isMissing: () => false,
  fit({ words: most }, { codes, texts }, rows) {
    const uses = new Int32Array(texts.length);
    for (const row of rows) uses[codes[row]]++;
    const counts = new Map<string, number>();
    texts.forEach((text, code) => {
      if (uses[code] > 0) for (const word of wordsOf(text)) count(counts, word, uses[code]);
    });
    return { words: mostFrequent(counts, most, 1) };
  },
  inputs: ({ words }, name) => [UNKNOWN, ...words].map((word) => `${name} ${word}`),
  encoder({ words }, { codes, texts }) {
    const places = new Map(words.map((word, i) => [word, i + 1]));
    return (rows, x, at, width) => {
      for (let i = 0; i < rows.length; i++) {
        for (const word of wordsOf(texts[codes[rows[i]]])) x[i * width + at + (places.get(word) ?? 0)] = 1;
      }
    };
  },
};

/** As Keras's TextVectorization does: ASCII letters in lower case, ASCII punctuation gone, cut at white space. */
export function wordsOf(text: string): string[] {
  const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return lower
    .replaceAll(/[!-/:-@[-`{-~]/g, '')
    .split(/\s+/)
    .filter((word) => word !== '');
}

function count(counts: Map<string, number>, word: string, times = 1): void {
  counts.set(word, (counts.get(word) ?? 0) + times);
}

/** The most frequent first; of those that are as frequent, the last in code-point order first, as in Keras. */
function mostFrequent(counts: ReadonlyMap<string, number>, most: number, least: number): string[] {
  const enough = [...counts].filter(([, times]) => times >= least);
  return enough
    .sort(([a, times], [b, others]) => others - times || Buffer.compare(Buffer.from(b), Buffer.from(a)))
    .slice(0, most)
    .map(([word]) => word);
}

function textsOf(column: RawColumn): Texts {
  if (column.as === 'text') return column;
  throw new Error('a column of texts was read as numbers');
}
