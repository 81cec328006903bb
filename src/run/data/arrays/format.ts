import { z } from 'zod';
import type { DataFormat } from '../format.js';
import type { StarterRequest } from '../starter.js';
import { differenceOf } from './identity.js';
import { keptOfArrays } from './kept.js';
import type { ArrayData, ArrayKind } from './kind.js';
import { type Kept, loadArrays, readLabelled, readOther, rowShape } from './load.js';
import { arraysStarter } from './starter.js';
import { surveyArrays } from './survey.js';

/** A format of arrays as configs, runs and commands know it, from what is particular to it. */
export function arrayFormat<const K extends ArrayKind>(
  kind: K,
): DataFormat<K['schema'], Kept> & { readonly key: K['key'] } {
  const { key, schema, paths, file, recognises, conflict } = kind;
  const section = (data: unknown): ArrayData => data as ArrayData;
  return {
    ...{ key, schema, paths, file, recognises },
    areModules: false,
    conflict(given, { validationSplit: _ }) {
      const data = section(given);
      if (data.scale !== undefined && data.standardize) {
        return 'data.scale and data.standardize are both given; standardizing needs no scale, so remove one';
      }
      if (data.validationLabels !== undefined && data.validation === undefined) {
        return 'data.validationLabels names labels of data.validation, which is not given; name it';
      }
      return conflict?.(data);
    },
    survey: async (path) => surveyArrays(kind.title, await kind.openFile(path)),
    ...(kind.begin !== undefined && {
      starter: async (path: string, { label }: StarterRequest) =>
        arraysStarter(await (kind.begin as NonNullable<ArrayKind['begin']>)(path, label)),
    }),
    inputShape: (data) => rowShape(kind, section(data)),
    load: (data, request) => loadArrays(kind, section(data), request),
    learn: async (data, request) => (await loadArrays(kind, section(data), request)).kept,
    read: (path, kept, model) => readOther(kind, path, known(kept), model),
    readLabelled: (path, kept, model, labels) =>
      readLabelled(kind, { path, labels, role: 'other' }, known(kept), model),
    keptSchema: keptOfArrays.extend({ reading: readingSchema(kind) }) as unknown as z.ZodType<Kept>,
    difference: (began, found, run) => differenceOf(began.identity, found.identity, run),
    naming: (kept) => {
      const { target, classes } = known(kept);
      return { target, label: [], ...(classes && { classes }) };
    },
  };
}

/** The section without its paths, as a run stores it. */
function readingSchema({ schema, paths }: ArrayKind): z.ZodType {
  const fields = Object.entries(schema.shape).filter(([name]) => !paths.includes(name));
  return z.strictObject(Object.fromEntries(fields), { error: 'how the arrays were read' });
}

/** `learn` stands in where nothing is stored, so there is always something. */
function known(kept: Kept | undefined): Kept {
  if (kept !== undefined) return kept;
  throw new Error('arrays are read without what their run kept');
}
