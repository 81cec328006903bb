import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerConfig, TrainerOptions } from '../../src/index.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import type { Kind } from './formula.js';

/** One layer of a functional model, or one more call of a layer named in `shared`. */
export interface Node {
  readonly name: string;
  readonly type?: string;
  readonly shared?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly inputs?: readonly string[];
}

/** A model, its data and what is asked of it; README.md tells what each field means. */
export interface GoldenCase {
  readonly title: string;
  readonly layers?: readonly LayerConfig[];
  readonly nodes?: readonly Node[];
  readonly outputs?: readonly string[];
  readonly rows: number;
  readonly seed?: number;
  readonly inputs?: Kind | readonly Kind[];
  readonly targets?: Kind | readonly Kind[];
  readonly loss?: TrainerOptions['loss'];
  readonly lossWeights?: readonly number[];
  readonly metrics?: TrainerOptions['metrics'];
  readonly sampleWeights?: Kind;
  readonly classWeights?: Readonly<Record<string, number>>;
  readonly training?: false;
}

/** A tensor as Keras made it: whole when small, else by a few elements at fixed places, with its sum and its norm. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  /** The largest absolute value. */
  readonly scale: number;
  readonly sum: number;
  readonly norm: number;
  readonly values: readonly number[];
}

export interface GoldenWeight {
  /** The node it belongs to, in a functional model. */
  readonly layer?: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly range: readonly [number, number];
  readonly trainable?: boolean;
}

/** What Keras says about a case. */
export interface Golden {
  readonly title: string;
  readonly weights: readonly GoldenWeight[];
  readonly outputs: readonly GoldenTensor[];
  /** At inference, as `loss` and `metrics` are. */
  readonly loss: number;
  readonly metrics: readonly number[];
  readonly trainingLoss?: number;
  /** For each weight its gradient where it is trained, else its value after one training pass. */
  readonly after?: readonly GoldenTensor[];
}

export interface Family {
  readonly name: string;
  readonly made: Readonly<Record<string, string>>;
  readonly cases: readonly { readonly given: GoldenCase; readonly expected: Golden }[];
}

/** The names of a case's metrics in the logs, in the order of the stored values; `size`: predictions of a group. */
export function metricNamesOf({ metrics = [] }: GoldenCase, size: number): string[] {
  if (Array.isArray(metrics)) return metrics.flatMap((metric) => namesOf(metric, size));
  return Object.entries(metrics).flatMap(([output, own]: [string, readonly unknown[]]) =>
    own.flatMap((metric) => namesOf(metric, size)).map((name) => `${output}_${name}`),
  );
}

/** The names of one metric, which may be several values. */
function namesOf(metric: unknown, size: number): string[] {
  if (typeof metric === 'string') return [metric];
  const { name, thresholds, average } = metric as { name: string; thresholds?: unknown; average?: string };
  if (average === 'none') return Array.from({ length: size }, (_, c) => `${name}_class_${c}`);
  if (name === 'auc' || !Array.isArray(thresholds)) return [name];
  return thresholds.map((threshold) => `${name}_at_${threshold}`);
}

/** Every case file with its values. */
export function readFamilies(): Family[] {
  const files = readdirSync(join(folder, 'cases')).sort();
  return files.map((file) => {
    const given = readGolden<GoldenCase[]>(`cases/${file}`);
    const { made, cases } = readGolden<{ made: Family['made']; cases: Golden[] }>(`data/${file}`);
    return {
      name: file.replace('.json', ''),
      made,
      cases: given.map((one, i) => ({ given: one, expected: matching(one, cases[i]) })),
    };
  });
}

/** A JSON file of this folder. */
export function readGolden<T>(path: string): T {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
}

/** The compiled tests lie in another folder than the data. */
const folder = join(packageRoot(import.meta.url), 'test/golden');

function matching({ title }: GoldenCase, golden: Golden | undefined): Golden {
  if (golden?.title === title) return golden;
  throw new Error(`No values are stored for the case "${title}"; make them anew as README.md tells.`);
}
