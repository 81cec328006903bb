import { einsumAxes } from '../../program/einsum.js';
import { tfc } from '../tfjs.js';
import { declared } from './declared.js';
import type { Shape } from './shapeOnly.js';

/** Layers that tfjs-layers lacks, by their arguments, weights and shapes. */

const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis - 1);

const groupNormalization = declared({
  className: 'GroupNormalization',
  defaults: {
    ...{ groups: 32, axis: -1, epsilon: 1e-3, center: true, scale: true },
    ...{ betaInitializer: 'zeros', gammaInitializer: 'ones' },
  },
  passesMask: true,
  weightsOf: ({ axis, center, scale, gammaInitializer, betaInitializer }, [row]) => {
    const shape = [row[axisOf(axis, row.length)]];
    return [
      ...(scale ? [{ name: 'gamma', shape, initializer: gammaInitializer }] : []),
      ...(center ? [{ name: 'beta', shape, initializer: betaInitializer }] : []),
    ];
  },
});

const rmsNormalization = declared({
  className: 'RMSNormalization',
  defaults: { axis: -1, epsilon: 1e-6 },
  passesMask: true,
  weightsOf: ({ axis }, [row]) => {
    const axes = [axis].flat().map((one: number) => axisOf(one, row.length));
    return [{ name: 'scale', shape: axes.toSorted((a, b) => a - b).map((one) => row[one]), initializer: 'ones' }];
  },
});

const activityRegularization = declared({
  className: 'ActivityRegularization',
  defaults: { l1: 0, l2: 0 },
  passesMask: true,
});

const einsumDense = declared({
  className: 'EinsumDense',
  defaults: {
    ...{ equation: '', outputShape: 1, activation: 'linear', biasAxes: null },
    ...{ kernelInitializer: 'glorotUniform', biasInitializer: 'zeros' },
  },
  shapeOf: ({ equation, outputShape }, [shape]) => {
    const { output, lengths } = einsumAxes('of the model', equation, shape, outputShape);
    return [...output].map((axis) => lengths.get(axis) ?? null);
  },
  weightsOf: ({ equation, outputShape, biasAxes, kernelInitializer, biasInitializer }, [row]) => {
    const { kernel, output, lengths } = einsumAxes('of the model', equation, [null, ...row], outputShape);
    const lengthOf = (axis: string): number => lengths.get(axis) as number;
    const weights = [{ name: 'kernel', shape: [...kernel].map(lengthOf), initializer: kernelInitializer }];
    if (biasAxes === null) return weights;
    const first = Math.min(...[...biasAxes].map((axis) => output.indexOf(axis)));
    const shape = [...output].slice(first).map((axis) => (biasAxes.includes(axis) ? lengthOf(axis) : 1));
    return [...weights, { name: 'bias', shape, initializer: biasInitializer }];
  },
});

const dot = declared({
  className: 'Dot',
  defaults: { axes: -1, normalize: false },
  shapeOf: ({ axes }, [a, b]) => {
    const [ofA, ofB] = typeof axes === 'number' ? [axes, axes] : axes;
    const without = (shape: Shape, axis: number): Shape => shape.toSpliced(axis < 0 ? axis + shape.length : axis, 1);
    const made = [...without(a, ofA), ...without(b, ofB).slice(1)];
    return made.length === 1 ? [...made, 1] : made;
  },
  compute: ({ axes, normalize }, inputs) => {
    const given = typeof axes === 'number' ? [axes, axes] : axes;
    const [a, b] = inputs.map((x, i) => {
      const along = given[i] < 0 ? given[i] + x.rank : given[i];
      const others = x.shape.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== along);
      const ordered = tfc.transpose(x, [0, ...others, along]);
      const vectors = tfc.reshape(ordered, [x.shape[0], -1, x.shape[along]]);
      if (!normalize) return { vectors, shape: others.map((axis) => x.shape[axis]) };
      const length = tfc.sqrt(tfc.maximum(tfc.sum(tfc.square(vectors), -1, true), 1e-12));
      return { vectors: tfc.div(vectors, length), shape: others.map((axis) => x.shape[axis]) };
    });
    const shape = [...a.shape, ...b.shape];
    const products = tfc.matMul(a.vectors, b.vectors, false, true);
    return tfc.reshape(products, [inputs[0].shape[0], ...(shape.length === 0 ? [1] : shape)]);
  },
});

const attended = (shapes: readonly Shape[]): Shape => [...shapes[0].slice(0, -1), shapes[1][shapes[1].length - 1]];

const attention = declared({
  className: 'Attention',
  defaults: { useScale: false, scoreMode: 'dot', dropout: 0, useCausalMask: false },
  shapeOf: (_, shapes) => attended(shapes),
  weightsOf: ({ useScale, scoreMode }) => [
    ...(useScale ? [{ name: 'scale', shape: [], initializer: 'ones' }] : []),
    ...(scoreMode === 'concat' ? [{ name: 'concat_score_weight', shape: [], initializer: 'ones' }] : []),
  ],
});

const additiveAttention = declared({
  className: 'AdditiveAttention',
  defaults: { useScale: true, dropout: 0, useCausalMask: false },
  shapeOf: (_, shapes) => attended(shapes),
  weightsOf: ({ useScale }, [query]) =>
    useScale ? [{ name: 'scale', shape: [query[query.length - 1]], initializer: 'glorotUniform' }] : [],
});

export const formulaLayers = [
  ...[groupNormalization, rmsNormalization, activityRegularization, einsumDense],
  ...[dot, attention, additiveAttention],
];
