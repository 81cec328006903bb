import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { isRowSource } from '../../coordinator/data/calls.js';
import { requireRows } from '../../coordinator/data/rowSource.js';
import type { LabelledData, RowSource } from '../../coordinator/options/trainerOptions.js';
import { userError } from '../../shared/errors.js';
import { firstLine, reason } from '../../shared/files.js';
import { importScript, scripts } from '../config/files.js';

const FORM = '"export default { rows, read(rows) { … } }", or a function that returns such a source';

/** Labelled rows, and how many. */
export type CountedRows = LabelledData & { readonly rows: number };

/** The source that a module of the user's has as its default export, or that its default function makes. The module is run. */
export async function importSource(path: string): Promise<RowSource> {
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
export async function readWholeSource(path: string): Promise<CountedRows> {
  const source = await importSource(path);
  const { rows } = source;
  try {
    return { ...(await source.read(Int32Array.from({ length: rows }, (_, row) => row))), rows };
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
  if (scripts.includes(extname(path).toLowerCase())) return;
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
