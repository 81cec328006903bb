import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { einsumAxes } from '../../../../shared/program/einsum.js';
import { tfc } from '../../../../shared/tfjs/tfjs.js';
import type { Formula } from '../../../tracing/traceFormula.js';
import { activationOf, lowerActivation } from '../activation.js';
import { activation, biasArguments, kernelArguments, positive } from '../arguments.js';
import type { LayerDescription } from '../description.js';
import { lowerFormulaOf } from '../formula.js';
import type { LayerLowering } from '../layer.js';

/** y = activation(einsum(equation, x, kernel) + bias), as in Keras. */
export const einsumDense: LayerLowering = {
  type: 'EinsumDense',
  arguments: {
    equation: z.string(),
    outputShape: z.union([positive, z.array(positive.nullable()).min(1)]),
    biasAxes: z.string().min(1).nullable().optional(),
    activation,
    ...kernelArguments,
    ...biasArguments,
  },

  initializers: ({ biasAxes, kernelInitializer, biasInitializer }) =>
    (biasAxes ?? null) === null ? [kernelInitializer] : [kernelInitializer, biasInitializer],

  lower(layer, x, to) {
    const product = lowerFormulaOf(
      layer,
      { name: 'product', shape: layer.outputShape, formula: productOf(layer) },
      x,
      to,
    );
    return lowerActivation(layer.name, product, to, activationOf(layer));
  },
};

/**
 * Axes of the kernel that are in the input and the output are groups, those in the input alone are summed over, those in the output
 * alone are new: a product of matrices, between permutations.
 */
function productOf({ name, config, inputShape }: LayerDescription): Formula {
  const { equation, outputShape } = config as { equation: string; outputShape: number | (number | null)[] };
  const { input, kernel, output, lengths } = einsumAxes(name, equation, [null, ...inputShape], outputShape);
  const groups = [...kernel].filter((axis) => input.includes(axis) && output.includes(axis));
  const summed = [...kernel].filter((axis) => input.includes(axis) && !output.includes(axis));
  const made = [...kernel].filter((axis) => !input.includes(axis));
  const kept = [...input].filter((axis) => !kernel.includes(axis));
  const size = (axes: readonly string[]): number =>
    axes.reduce((product, axis) => product * Number(lengths.get(axis)), 1);
  const order = (from: string, ...lists: (readonly string[])[]): number[] =>
    lists.flat().map((axis) => from.indexOf(axis));
  const inOrder = (axes: readonly number[]): boolean => axes.every((axis, i) => axis === i);
  const [keptSize, groupSize, sumSize, madeSize] = [kept.slice(1), groups, summed, made].map(size);
  const together = (x: Tensor, w: Tensor): Tensor =>
    tfc.matMul(tfc.reshape(x, [x.shape[0] * keptSize, sumSize]), tfc.reshape(w, [sumSize, madeSize]));
  const byGroups = (x: Tensor, w: Tensor): Tensor => {
    const [rows] = x.shape;
    // TensorFlow.js has no gradient of matrices that rows share.
    const repeated = tfc.add(tfc.reshape(w, [1, groupSize, sumSize, madeSize]), tfc.zeros([rows, 1, 1, 1]));
    return tfc.matMul(tfc.reshape(x, [rows, groupSize, keptSize, sumSize]), repeated);
  };
  return ([x], [w, b]) => {
    const [rows] = x.shape;
    const left = tfc.transpose(x, order(input, kept.slice(0, 1), groups, kept.slice(1), summed));
    const right = order(kernel, groups, summed, made);
    const matrix = inOrder(right) ? w : tfc.transpose(w, right);
    const product = groups.length > 0 ? byGroups(left, matrix) : together(left, matrix);
    const now = [...kept.slice(0, 1), ...groups, ...kept.slice(1), ...made].join('');
    const shaped = tfc.reshape(product, [rows, ...[...now].slice(1).map((axis) => Number(lengths.get(axis)))]);
    const y = tfc.transpose(shaped, order(now, [...output]));
    return b === undefined ? y : tfc.add(y, b);
  };
}
