import { kernel } from './definition.js';

/** Functions of numbers, element by element, and over one axis of a row: what traced functions are made of. */
export const elementwiseKernels = {
  /** y = f(x), `size` elements a row, with f of `unaryFunctions`. y may be x. */
  unary: kernel({ x: 'rows', y: 'rows', size: 'size', function: 'unary' }),
  /**
   * y = f(a, b), `size` elements a row, with f of `binaryFunctions`. Without b the number stands for it, or for a where
   * `reversed`: y = f(number, a). y may be a or b.
   */
  binary: kernel({
    a: 'rows',
    b: 'rows?',
    y: 'rows',
    size: 'size',
    function: 'binary',
    number: 'number',
    reversed: 'flag',
  }),
  /** y = a where the condition is not 0, else b; each a number where it has no buffer. y may be any of them. */
  select: kernel({
    condition: 'rows',
    a: 'rows?',
    b: 'rows?',
    y: 'rows',
    size: 'size',
    aNumber: 'number',
    bNumber: 'number',
  }),
  /** y (outer, inner) = a reduction of `reductions` over the middle axis of x (outer, length, inner), a row. */
  reduceAxis: kernel({
    x: 'rows',
    y: 'rows',
    outer: 'size',
    length: 'size',
    inner: 'size',
    reduction: 'reduction',
  }),
  /** y (size) = w, in every row. */
  repeatParameter: kernel({ w: 'parameter', y: 'rows', size: 'size' }),
} as const;
