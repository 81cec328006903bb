import { userError } from '../../../shared/errors.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Counted, CurveCounts, MeasureForm, Rate } from '../../../shared/program/measures.js';
import type { MetricSpec } from '../../options/objectives.js';
import { groupsOf, type LossOperands } from './loss.js';
import type { MetricLowering } from './objectivePlan.js';

/** Metrics that are made of counts: of what is rightly found, wrongly found, missed and rightly left. */

type Named<N extends MetricSpec['name']> = Extract<MetricSpec, { readonly name: N }>;

const lowerings = {
  precision: (spec: Named<'precision'>, size: number) => counts(spec, 'precision', size),
  recall: (spec: Named<'recall'>, size: number) => counts(spec, 'recall', size),
  truePositives: (spec: Named<'truePositives'>, size: number) => counts(spec, 'right', size),
  trueNegatives: (spec: Named<'trueNegatives'>, size: number) => counts(spec, 'left', size),
  falsePositives: (spec: Named<'falsePositives'>, size: number) => counts(spec, 'wrong', size),
  falseNegatives: (spec: Named<'falseNegatives'>, size: number) => counts(spec, 'missed', size),
  f1Score: (spec: Named<'f1Score'>, size: number) => fBeta({ ...spec, beta: 1 }, size),
  fBetaScore: fBeta,
  auc,
  precisionAtRecall: (spec: Named<'precisionAtRecall'>, size: number) =>
    best(spec, 'precision', 'recall', spec.recall, size),
  recallAtPrecision: (spec: Named<'recallAtPrecision'>, size: number) =>
    best(spec, 'recall', 'precision', spec.precision, size),
  sensitivityAtSpecificity: (spec: Named<'sensitivityAtSpecificity'>, size: number) =>
    best(spec, 'recall', 'specificity', spec.specificity, size),
  specificityAtSensitivity: (spec: Named<'specificityAtSensitivity'>, size: number) =>
    best(spec, 'specificity', 'recall', spec.sensitivity, size),
  binaryIoU,
  iou: (spec: Named<'iou'>, size: number) => overlap(spec, spec.targetClassIds, size),
  meanIoU: (spec: Named<'meanIoU'>, size: number) => overlap(spec, [...Array(spec.numClasses).keys()], size),
  oneHotIoU: (spec: Named<'oneHotIoU'>, size: number) => overlap(spec, spec.targetClassIds, size),
  oneHotMeanIoU: (spec: Named<'oneHotMeanIoU'>, size: number) =>
    overlap(spec, [...Array(spec.numClasses).keys()], size),
} as const;

type CountingName = keyof typeof lowerings;

export function isCounting(spec: MetricSpec): spec is Named<CountingName> {
  return Object.hasOwn(lowerings, spec.name);
}

/** How such a metric is computed of groups of `size` predictions. */
export function lowerCounting(spec: Named<CountingName>, size: number): MetricLowering {
  const lower = lowerings[spec.name] as (spec: MetricSpec, size: number) => MetricLowering;
  return lower(spec, size);
}

/** Arguments of kernels that read targets as floats of the output's shape, and of those that read classes too. */
export function denseArguments({ prediction, target, weight, shape }: LossOperands, sum: number) {
  return { prediction, target, weight, ...groupsOf(shape), sum };
}

export function classArguments(operands: LossOperands, sum: number) {
  return { ...denseArguments(operands, sum), sparse: Number(operands.sparse) };
}

/** Which predictions are found; see the kernel. */
interface Rule {
  readonly top: number;
  readonly largest: number;
  readonly threshold: number;
}

const above = (threshold: number): Rule => ({ top: 0, largest: 0, threshold });

function classCounts(operands: LossOperands, sum: number, pooled: boolean, rule: Rule): KernelCall {
  return { kernel: 'classCounts', args: { ...classArguments(operands, sum), pooled: Number(pooled), ...rule } };
}

/** Below every prediction, so that only the rank in its group tells whether a class is found; Keras's value. */
const NO_THRESHOLD = -1e10;

interface Thresholded {
  readonly name: string;
  readonly thresholds?: number | readonly number[];
  readonly topK?: number;
  readonly classId?: number;
}

/** Counts at one threshold or at each of several, of one class or of all taken together. */
function counts(spec: Thresholded, what: Counted, size: number): MetricLowering {
  const { thresholds, topK = 0, classId } = spec;
  const list = [thresholds ?? (topK === 0 ? 0.5 : NO_THRESHOLD)].flat();
  const classes = classId === undefined ? 1 : size;
  const own = classWithin(spec, size);
  const forms = list.map((_, i): MeasureForm => ({ kind: 'counted', what, at: 4 * classes * i + own, classes }));
  return {
    sums: 4 * classes * list.length,
    form: forms[0],
    ...(Array.isArray(thresholds) && { each: forms.map((form, i) => ({ suffix: `_at_${list[i]}`, form })) }),
    call: (operands, sum) =>
      list.map((threshold, i) => {
        const rule = { ...above(threshold), top: topK };
        return classCounts(operands, sum + 4 * classes * i, classId === undefined, rule);
      }),
  };
}

/** The class that a metric is of; 0 where it is of all. */
function classWithin({ name, classId }: { readonly name: string; readonly classId?: number }, size: number): number {
  if (classId === undefined || classId < size) return classId ?? 0;
  throw userError(
    'INVALID_OPTION',
    `${name}: classId is ${classId}, but the output has ${size} classes; give a number from 0 to ${size - 1}.`,
  );
}

/** Keras's bound below which the largest prediction of a group is taken for 0: of zeros alone no class is found. */
const NEAR_ZERO = 1e-9;

/** A class is found above the threshold, or by default where its prediction equals the largest. */
function fBeta(spec: Pick<Named<'fBetaScore'>, 'average' | 'beta' | 'threshold'>, size: number): MetricLowering {
  const { average, beta, threshold } = spec;
  const pooled = average === 'micro';
  const rule = threshold === undefined ? { top: 0, largest: 1, threshold: NEAR_ZERO } : above(threshold);
  const formOf = (only: number): MeasureForm => ({
    kind: 'fBeta',
    average: average === 'none' ? null : average,
    beta,
    only,
  });
  const forms = Array.from({ length: size }, (_, only) => ({ suffix: `_class_${only}`, form: formOf(only) }));
  return {
    sums: pooled ? 4 : 4 * size,
    form: formOf(0),
    ...(average === 'none' && { each: forms }),
    call: (operands, sum) => classCounts(operands, sum, pooled, rule),
  };
}

/** Counts over thresholds: those that are given, or evenly spread ones. */
function curve(thresholds: readonly number[] | null, buckets: number, labels: number, ends: boolean) {
  const pooled = labels === 1;
  const curves: CurveCounts = { from: thresholds === null ? 'buckets' : 'thresholds', labels, ends };
  if (thresholds === null) {
    const call = (operands: LossOperands, sum: number): KernelCall => ({
      kernel: 'bucketCounts',
      args: { ...classArguments(operands, sum), pooled: Number(pooled), buckets },
    });
    return { curves, sums: 2 * buckets * labels, call };
  }
  const sorted = thresholds.toSorted((a, b) => a - b);
  const call = (operands: LossOperands, sum: number): KernelCall[] =>
    sorted.map((threshold, i) => classCounts(operands, sum + 4 * labels * i, pooled, above(threshold)));
  return { curves, sums: 4 * labels * sorted.length, call };
}

function auc(spec: Named<'auc'>, size: number): MetricLowering {
  const { multiLabel, numLabels, labelWeights = [], thresholds = null, numThresholds } = spec;
  if (!multiLabel && (numLabels ?? labelWeights.length) > 0) {
    throw userError(
      'INVALID_OPTION',
      'auc: numLabels and labelWeights are those of multiLabel; give multiLabel: true too.',
    );
  }
  const wrong = [numLabels ?? size, labelWeights.length || size].find((count) => count !== size);
  if (multiLabel && wrong !== undefined) {
    throw userError('INVALID_OPTION', `auc: there are ${wrong} labels, but the output has ${size}; give as many.`);
  }
  const { curves, ...own } = curve(thresholds, numThresholds, multiLabel ? size : 1, true);
  const { summationMethod: summation, curve: kind } = spec;
  return { ...own, form: { kind: 'auc', curve: kind, summation, curves, weights: labelWeights } };
}

/** The most of a rate where another is at least `value`. */
function best(
  spec: { readonly name: string; readonly numThresholds: number; readonly classId?: number },
  of: Rate,
  where: Rate,
  value: number,
  size: number,
): MetricLowering {
  const { numThresholds, classId } = spec;
  const label = classWithin(spec, size);
  const thresholds = numThresholds === 1 ? [0.5] : null;
  const { curves, ...own } = curve(thresholds, numThresholds, classId === undefined ? 1 : size, false);
  return { ...own, form: { kind: 'best', of, where, value, curves, label } };
}

/** The largest float32 below x: above it is what is at least x. */
function justBelow(x: number): number {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0] += x > 0 ? -1 : 0;
  return x > 0 ? new Float32Array(bits.buffer)[0] : -1e-45;
}

function binaryIoU({ targetClassIds: classes, threshold }: Named<'binaryIoU'>): MetricLowering {
  const wrong = classes.find((number) => number > 1);
  if (wrong !== undefined) {
    throw userError('INVALID_OPTION', `binaryIoU: targetClassIds has ${wrong}; there are the classes 0 and 1.`);
  }
  const rule = above(justBelow(threshold));
  return {
    sums: 4,
    form: { kind: 'overlap', classes, binary: true },
    call: (operands, sum) => classCounts(operands, sum, true, rule),
  };
}

/** Of a group the first of the largest predictions is its class. */
function overlap(
  {
    name,
    numClasses,
    sparseYPred,
  }: { readonly name: string; readonly numClasses: number; readonly sparseYPred: boolean },
  classes: readonly number[],
  size: number,
): MetricLowering {
  if (sparseYPred) {
    throw userError(
      'INVALID_OPTION',
      `${name}: sparseYPred is true, which takes predictions for numbers of classes; give sparseYPred: false, for a prediction a class.`,
    );
  }
  const wrong = classes.find((number) => number >= size);
  if (numClasses !== size || wrong !== undefined) {
    throw userError(
      'INVALID_OPTION',
      `${name}: there are ${wrong === undefined ? `${numClasses} classes` : `class ${wrong}`}, but the output has ${size}; give those of the output.`,
    );
  }
  const rule = { ...above(NO_THRESHOLD), top: 1 };
  return {
    sums: 4 * size,
    form: { kind: 'overlap', classes, binary: false },
    call: (operands, sum) => classCounts(operands, sum, false, rule),
  };
}
