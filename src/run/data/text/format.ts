import { isWanted } from '../../../coordinator/data/classFolder.js';
import type { Standardization, Tokenizing } from '../../../coordinator/data/text/tokens.js';
import { namesOfNumbers } from '../../../coordinator/data/text/vocabulary.js';
import { userError } from '../../../shared/errors.js';
import type { DataFormat } from '../format.js';
import { hasClasses, textFiles } from './files.js';
import { type KeptText, keptOfText } from './kept.js';
import { type TextConfig, textSection } from './section.js';

/** Texts: running text whose next token is to be told, or texts with classes. */
export const text: DataFormat<typeof textSection, KeptText> = {
  key: 'text',
  schema: textSection,
  paths: ['text', 'validation'],
  file: 'a text file or a folder of them',
  areModules: false,
  conflict: ({ length, window }) =>
    length === undefined || window === undefined
      ? undefined
      : 'data.length is for texts with classes and data.window for running text; keep the one that the data are',
  async inputShape({ length, window, text }) {
    const own = length ?? window;
    if (own !== undefined) return [own];
    throw userError(
      'SHAPE_MISSING',
      `How many tokens a row of ${text} has is not said: give data.length (texts with classes) or data.window (running text), or the first layer an inputShape.`,
    );
  },
  async load(data, request) {
    if (await isOfClasses(data)) return (await import('./classes.js')).loadClasses(data, tokenizing(data), request);
    return (await import('./running.js')).loadRunning(data, tokenizing(data), request);
  },
  async read(path, given) {
    const kept = known(given);
    if (kept.kind === 'classes') return (await import('./classes.js')).readTextsToTell(path, kept);
    return (await import('./running.js')).readLastWindow(path, kept);
  },
  async readLabelled(path, given) {
    const kept = known(given);
    if (kept.kind === 'classes') return (await import('./classes.js')).readLabelledTexts(path, kept);
    return (await import('./running.js')).readLabelledRunning(path, kept);
  },
  keptSchema: keptOfText,
  difference: (began, found, run) =>
    began.digest === found.digest
      ? undefined
      : `no longer holds the texts that the run in ${run} was started with; restore them`,
  naming(given) {
    const kept = known(given);
    if (kept.kind === 'classes') return { target: kept.target, classes: kept.classes, label: [] };
    const [, ...names] = namesOfNumbers(kept.vocabulary);
    return { target: 'classes', classes: ['[PAD]', ...names], label: [], outputs: kept.outputs };
  },
  recognises: ({ name, isFolder, inside }) =>
    isFolder ? inside.some((file) => isWanted(file, textFiles)) : isWanted(name, textFiles),
  survey: async (path) => (await import('./survey.js')).surveyText(path),
  starter: async (path, request) => (await import('./starter.js')).textStarter(path, request),
};

/** A folder whose folders are classes, unless the config says that it is running text. */
async function isOfClasses({ text, window, length }: TextConfig): Promise<boolean> {
  const isFolder = window === undefined && (await hasClasses(text));
  if (isFolder || length === undefined) return isFolder;
  throw userError(
    'CONFIG_CONFLICT',
    `data.length is for texts with classes, but ${text} has no folder for each class; give data.window for running text.`,
  );
}

/** Words are alike however they are written; characters are what they are. */
export const standardizationOf = (level: Tokenizing['level']): Standardization =>
  level === 'word' ? 'lowerAndStripPunctuation' : 'none';

const tokenizing = ({ level, standardize = standardizationOf(level) }: TextConfig): Tokenizing => ({
  level,
  standardize,
});

function known(kept: KeptText | undefined): KeptText {
  if (kept !== undefined) return kept;
  throw userError(
    'NO_READING',
    'How texts are read for the model is not known, as its run has stored nothing of it; give its run directory.',
  );
}
