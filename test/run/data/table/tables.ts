import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../../../src/run/config/read.js';
import type { RunConfigInput } from '../../../../src/run/config/schema.js';
import type { ModelShapes, TrainingData } from '../../../../src/run/data/format.js';
import { inputShape, loadTable } from '../../../../src/run/data/table/load.js';
import type { TableConfig } from '../../../../src/run/data/table/section.js';
import { dataRequest } from '../../../../src/run/open.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

/** The folder of the tables that make.py made. */
export const files = join(packageRoot(import.meta.url), 'test/run/data/table/files');

export interface Asked {
  readonly data: Readonly<Record<string, unknown>>;
  readonly loss?: string;
  readonly outputs?: number;
  readonly validationSplit?: number;
  readonly seed?: number;
}

/** A table as `train` reads it, for a model whose input has the width of the data. */
export async function load({
  data,
  loss = 'binaryCrossentropy',
  outputs = 1,
  validationSplit,
  seed = 0,
}: Asked): Promise<TrainingData> {
  const config = parseConfig({
    name: 'test',
    model: { layers: [{ type: 'Dense', units: outputs }] },
    data,
    compile: { optimizer: { name: 'adam' }, loss },
    fit: { ...(validationSplit !== undefined && { validationSplit }) },
    run: { seed },
  } as unknown as RunConfigInput);
  const section = config.data as TableConfig;
  const { model: _, ...request } = dataRequest(config, null as unknown as ModelShapes);
  const shape = await inputShape(section, request);
  return loadTable(section, { ...request, model: { inputShape: shape, outputShape: [outputs] } });
}

/** The inputs of all rows, those to validate on behind those to train on: one list a row. */
export function inputs({ train, validation }: TrainingData): number[][] {
  return [train, validation].flatMap((part) => {
    if (part === null || 'read' in part || 'batches' in part) return [];
    const { values, shape } = part.x as { values: Float32Array; shape: readonly number[] };
    return Array.from({ length: shape[0] }, (_, row) =>
      Array.from(values.subarray(row * shape[1], (row + 1) * shape[1])),
    );
  });
}

/** One input of all rows. */
export function input(data: TrainingData, index = 0): number[] {
  return inputs(data).map((row) => row[index]);
}

/** The labels of the training rows. */
export function labels({ train }: TrainingData): number[] {
  return Array.from((train as unknown as { y: { values: Float32Array } }).y.values);
}

/** A folder that is gone when the tests are done. */
export async function makeFolder(): Promise<{
  write(name: string, content: string | Buffer): Promise<string>;
  path: string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-'));
  return {
    path,
    async write(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
