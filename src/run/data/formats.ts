import type { z } from 'zod';
import { userError } from '../../shared/errors.js';
import { arrow, cifar, idx, npy, npz, raw, safetensors } from './arrays/index.js';
import { csv } from './csv/format.js';
import type { DataFormat } from './format.js';
import { type FoundPath, lookAt } from './found.js';
import { images } from './images/format.js';
import { source } from './source.js';
import { sql, table } from './table/format.js';
import { text } from './text/format.js';

/** Every format that a config may name, the usual one first. */
export const formats = [csv, images, npy, npz, idx, cifar, safetensors, arrow, raw, text, source, table, sql] as const;

type Section = (typeof formats)[number]['schema'];

/** The section `data` of a config as it is carried out, and as a caller may write it. */
export type DataConfig = z.output<Section>;
export type DataInput = z.input<Section>;

/** The format of a section: that whose key it has. */
export function formatOf(data: DataConfig): DataFormat {
  return keyed(data)[0] ?? formats[0];
}

/** The schema of a section as it was written; keys of another format are refused. */
export function schemaOf(data: Readonly<Record<string, unknown>>, file: string): z.ZodType<DataConfig, DataInput> {
  const [format = formats[0], other] = keyed(data);
  const refuse = (sentence: string): never => {
    throw userError('CONFIG_CONFLICT', `${file}: ${sentence}`);
  };
  if (other !== undefined) {
    refuse(`data.${format.key} and data.${other.key} are both given; keep the one that has the rows.`);
  }
  for (const { key, schema } of formats as readonly DataFormat[]) {
    const stray = Object.keys(schema.shape).find((name) => data[name] !== undefined && !(name in format.schema.shape));
    if (stray === undefined) continue;
    refuse(
      `data.${stray} says how rows of data.${key} are read, but the rows come from data.${format.key}; remove it.`,
    );
  }
  return format.schema as z.ZodType as z.ZodType<DataConfig, DataInput>;
}

/** The paths in a section, by their keys. */
export function pathsOf(data: DataConfig): Readonly<Record<string, string>> {
  const given = Object.entries(data).filter(
    ([key, value]) => formatOf(data).paths.includes(key) && value !== undefined,
  );
  return Object.fromEntries(given) as Record<string, string>;
}

/** Keys that hold a path in any format. */
export const pathKeys = [...new Set(formats.flatMap(({ paths }) => paths))];

/** What a path of `--data` may name. */
export const dataFiles = formats
  .map(({ key, file }, i) => (i === 0 ? file : `for a run on data.${key}, ${file}`))
  .join('; ');

/** The format of a file or folder, by its name and how it begins. */
export async function recognise(path: string): Promise<DataFormat> {
  const format = recognised(await lookAt(path));
  if (format !== undefined) return format;
  throw userError(
    'FORMAT_UNKNOWN',
    `${path} is no data that Lockstep knows by its name or its first bytes; give ${dataFiles}.`,
  );
}

/** The first format that takes a file or folder for its own. */
export function recognised(found: FoundPath): DataFormat | undefined {
  return (formats as readonly DataFormat[]).find(({ recognises }) => recognises?.(found));
}

function keyed(data: Readonly<Record<string, unknown>>): readonly DataFormat[] {
  return (formats as readonly DataFormat[]).filter(({ key }) => data[key] !== undefined);
}
