import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { z } from 'zod';
import { isRowSource } from '../../coordinator/data/calls.js';
import { requireRows } from '../../coordinator/data/rowSource.js';
import { section, text, wholeNumber } from '../../coordinator/options/fields.js';
import type { RowSource } from '../../coordinator/options/trainerOptions.js';
import { userError } from '../../shared/errors.js';
import { firstLine, reason } from '../../shared/files.js';
import { importScript, scripts } from '../config/files.js';
import type { CountedRows, DataFormat, KeptReading } from './format.js';

const FORM = '"export default { rows, read(rows) { … } }", or a function that returns such a source';

const sourceRule = 'the path of a module that exports a source';

/** Rows that a module of the user's gives as they are, while training goes on. */
export const sourceSection = section({
  source: text(sourceRule),
  /** Another one, whose rows are read whole to validate on. */
  validation: text(sourceRule).exactOptional(),
});

/** What a run remembers of a source, whose rows come as they are. */
export interface SourceRows extends KeptReading {
  readonly rows: number;
}

/** Rows that a module of the user's gives as they are, read while training goes on. */
export const source: DataFormat<typeof sourceSection, SourceRows> = {
  key: 'source',
  schema: sourceSection,
  paths: ['source', 'validation'],
  file: 'a module',
  areModules: true,
  conflict: (_, { validationSplit }) =>
    validationSplit === undefined
      ? undefined
      : 'fit.validationSplit is given, but data.source is read while training goes on; give data.validation instead',
  load: async ({ source, validation }) => {
    const train = await importSource(source);
    return {
      train,
      validation: validation === undefined ? null : await readWholeSource(validation),
      kept: { rows: train.rows },
    };
  },
  read: (path) => readRows(path),
  readLabelled: (path) => readRows(path),
  keptSchema: z.object({ rows: wholeNumber(0) }),
  difference: (began, found, run) =>
    began.rows === found.rows
      ? undefined
      : `has ${found.rows} rows, but the run in ${run} was started with ${began.rows}; restore it`,
  naming: () => ({ target: 'numbers', label: [] }),
};

async function readRows(path: string): Promise<CountedRows> {
  if (isScript(path)) return readWholeSource(resolve(path));
  throw userError(
    'NO_READING',
    `The model was trained on rows of a source, so how to read ${path} for it is not known; give --data a module that exports a source, or --config a config whose data section tells.`,
  );
}

/** The source that a module of the user's has as its default export, or that its default function makes. The module is run. */
async function importSource(path: string): Promise<RowSource> {
  await requireModule(path);
  const { default: exported } = (await importScript(path, 'MODULE_UNREADABLE')) as { default?: unknown };
  const source = typeof exported === 'function' ? await made(path, exported as () => unknown) : exported;
  if (!isRowSource(source)) {
    const found = exported === undefined ? 'has no default export' : 'exports no source: read is no function of it';
    throw userError('SOURCE_INVALID', `${path} ${found}; write ${FORM}.`);
  }
  requireRows(source, path);
  return source;
}

/** All rows of such a source at once. */
async function readWholeSource(path: string): Promise<CountedRows> {
  const source = await importSource(path);
  const { rows } = source;
  try {
    return {
      ...(await source.read(
        Int32Array.from({ length: rows }, (_, row) => row),
        0,
      )),
      rows,
    };
  } catch (error) {
    throw userError(
      'DATA_UNREADABLE',
      `The rows of ${path} cannot be read: ${firstLine(error)}; mend the source.`,
      error,
    );
  }
}

async function requireModule(path: string): Promise<void> {
  const missing = await stat(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (missing !== undefined) {
    throw userError('MODULE_UNREADABLE', `${path} cannot be imported: ${reason(missing)}; give the path of a module.`);
  }
  if (isScript(path)) return;
  throw userError(
    'MODULE_UNREADABLE',
    `${path} is no module; give a .js, .mjs, .cjs or .ts file that exports a source of rows.`,
  );
}

async function made(path: string, make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    throw userError('SOURCE_INVALID', `The default function of ${path} failed: ${firstLine(error)}; mend it.`, error);
  }
}

function isScript(path: string): boolean {
  return scripts.includes(extname(path).toLowerCase());
}
