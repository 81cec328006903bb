import { binaryNames, unaryNames } from '../../../shared/kernels/elementwise.js';
import type { Builder, Value } from './builder.js';

/** Numbers between 0 and 1 for each row, keyed by the layer, the step and the place of the row: those of normal ones. */
export function lowerUniforms(name: string, count: number, to: Builder): Value {
  const layer = to.nextLayerNumber();
  const y = to.buffer(`${name} draws`, count);
  const nothing = to.constant(Array<number>(count).fill(0));
  const binary = (name: 'add' | 'mul', number: number) => {
    const args = { a: y, b: -1, y, size: count, function: binaryNames.indexOf(name), number, reversed: 0 };
    to.emit({ kernel: 'binary', args });
  };
  to.emit({ kernel: 'repeatParameter', args: { w: nothing, y, size: count } });
  to.emit({ kernel: 'gaussianNoise', args: { x: y, y, size: count, deviation: 1, layer } });
  // The normal distribution's own function makes them uniform: (1 + erf(n / √2)) / 2.
  binary('mul', Math.SQRT1_2);
  to.emit({ kernel: 'unary', args: { x: y, y, size: count, function: unaryNames.indexOf('erf') } });
  binary('mul', 0.5);
  binary('add', 0.5);
  return { buffer: y, shape: [count], trained: false };
}
