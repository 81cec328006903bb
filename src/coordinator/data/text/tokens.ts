export const levels = ['char', 'word'] as const;
export type Level = (typeof levels)[number];

/** What is done to a text before it is cut into tokens; the names are those of Keras's TextVectorization. */
export const standardizations = ['lowerAndStripPunctuation', 'lower', 'stripPunctuation', 'none'] as const;
export type Standardization = (typeof standardizations)[number];

/** How texts become tokens. */
export interface Tokenizing {
  readonly level: Level;
  readonly standardize: Standardization;
}

const PUNCTUATION = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g;
const CAPITALS = /[A-Z]+/g;
const SPACES = /[\t\n\v\f\r ]+/;

/** Tokens of a text: its code points, or its words. Lower case, punctuation and spaces are those of ASCII alone, as in TextVectorization. */
export function tokensOf(text: string, { level, standardize }: Tokenizing): string[] {
  const isLowered = standardize === 'lower' || standardize === 'lowerAndStripPunctuation';
  const lower = isLowered ? text.replaceAll(CAPITALS, (letters) => letters.toLowerCase()) : text;
  const isStripped = standardize === 'stripPunctuation' || standardize === 'lowerAndStripPunctuation';
  const plain = isStripped ? lower.replaceAll(PUNCTUATION, '') : lower;
  return level === 'char' ? Array.from(plain) : plain.split(SPACES).filter((word) => word !== '');
}
