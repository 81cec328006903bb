import type { LayerConfig } from '../coordinator/options/trainerOptions.js';
import { fault } from '../shared/errors.js';

/** Multiply-adds of one row in one layer's forward pass, and the shape that leaves it. */
interface Cost {
  readonly output: readonly number[];
  /** In products with the layer's input: their input gradient is skipped in the first layer, as nobody needs it. */
  readonly fromInput: number;
  /** In products with the layer's own state. */
  readonly fromState: number;
}

const FREE = { fromInput: 0, fromState: 0 };

const costs: Readonly<Record<string, (layer: LayerConfig, input: readonly number[]) => Cost>> = {
  Dense(layer, input) {
    const units = Number(layer.units);
    return { output: [...input.slice(0, -1), units], fromInput: product(input) * units, fromState: 0 };
  },
  Conv2D(layer, [height, width, channels]) {
    const [kernelHeight, kernelWidth] = pair(layer.kernelSize);
    const filters = Number(layer.filters);
    const output = [height - kernelHeight + 1, width - kernelWidth + 1, filters];
    return { output, fromInput: product(output) * kernelHeight * kernelWidth * channels, fromState: 0 };
  },
  MaxPooling2D(layer, [height, width, channels]) {
    const [poolHeight, poolWidth] = pair(layer.poolSize);
    return { output: [Math.floor(height / poolHeight), Math.floor(width / poolWidth), channels], ...FREE };
  },
  Flatten: (_layer, input) => ({ output: [product(input)], ...FREE }),
  LSTM(layer, [times, features]) {
    const units = Number(layer.units);
    const gates = 4 * units * times;
    return { output: [units], fromInput: features * gates, fromState: units * gates };
  },
};

/**
 * Floating-point operations of one training step by formula: every matrix product and convolution in the forward pass,
 * the weight gradients and the input gradients, a multiply-add counted as two. Element-wise work is not counted.
 * Convolutions have `valid` padding and stride 1.
 */
export function flopsPerStep(layers: readonly LayerConfig[], batchSize: number): number {
  let shape = layers[0].inputShape as readonly number[];
  let multiplyAdds = 0;
  for (const [index, layer] of layers.entries()) {
    const { output, fromInput, fromState } = costOf(layer, shape);
    multiplyAdds += fromInput * (index === 0 ? 2 : 3) + fromState * 3;
    shape = output;
  }
  return 2 * multiplyAdds * batchSize;
}

function costOf(layer: LayerConfig, input: readonly number[]): Cost {
  const cost = costs[String(layer.type)];
  if (cost === undefined) {
    throw fault('UNKNOWN_COST', `No formula for the work of a ${layer.type} layer; add one to src/bench/flops.ts.`);
  }
  return cost(layer, input);
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function pair(value: unknown): readonly [number, number] {
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [Number(value), Number(value)];
}
