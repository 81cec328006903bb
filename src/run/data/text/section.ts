import { z } from 'zod';
import { levels, standardizations } from '../../../coordinator/data/text/tokens.js';
import { oneOf, section, text, wholeNumber } from '../../../coordinator/options/fields.js';

const pathRule =
  'the path of a text file, of a folder of them, or of a folder that has a folder of texts for each class';

/** How texts are read, as a config says it. */
export const textSection = section({
  text: text(pathRule),
  /** Texts of their own to validate on, instead of fit.validationSplit. */
  validation: text(pathRule).exactOptional(),
  /** Whether a token is a character or a word. */
  level: oneOf(levels).default('word'),
  /** What is done to a text first; default: lowerAndStripPunctuation for words, none for characters. */
  standardize: oneOf(standardizations).exactOptional(),
  /** Most tokens that are told apart, padding and the unknown one included; default: 20,000. */
  maxTokens: wholeNumber(3).default(20_000),
  /** Of texts with classes: tokens of one row; longer texts are cut at the end, shorter ones padded. Default: the model's input. */
  length: wholeNumber(1).exactOptional(),
  /** Of running text: tokens of one row, each of which is to be told from those before it. Default: the model's input. */
  window: wholeNumber(1).exactOptional(),
  /** Tokens from one window to the next; default: a window, or 1 where only the token behind a window is to be told. */
  stride: wholeNumber(1).exactOptional(),
  /** Names of the classes, in the order of the model's outputs; default: the folders, by code point. */
  classes: z
    .array(text('a class name'), { error: 'a list of class names' })
    .min(2, { error: 'a list of at least two class names' })
    .exactOptional(),
});

export type TextConfig = z.output<typeof textSection>;
