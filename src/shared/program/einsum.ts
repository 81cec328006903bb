import { userError } from '../errors.js';

/** How an EinsumDense multiplies rows by its kernel: letters of the axes of each, the batch in front of the first and the last. */
export interface EinsumAxes {
  readonly input: string;
  readonly kernel: string;
  readonly output: string;
  /** Lengths by letter. */
  readonly lengths: ReadonlyMap<string, number | null>;
}

/** Letters for the axes that `...` stands for: none that an equation has. */
const ELIDED = '0123456789';

/**
 * Reads an equation such as `abc,cd->abd`, `...x,xy->...y` or `ab...,bc->ac...` for an input of this shape, with its batch. Each axis of
 * the kernel is in the input, or its length is in `outputShape`.
 */
export function einsumAxes(
  layer: string,
  equation: string,
  inputShape: readonly (number | null)[],
  outputShape: number | readonly (number | null)[],
): EinsumAxes {
  const [, given, kernel, made] = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation.replaceAll(' ', '')) ?? [];
  if (given === undefined) throw invalid(layer, equation);
  const elided = ELIDED.slice(0, Math.max(0, inputShape.length - given.replace('...', '').length));
  const [input, output] = [given, made].map((side) => side.replace('...', elided));
  if (input.length !== inputShape.length || given.includes('...') !== made.includes('...')) {
    throw invalid(layer, equation);
  }
  const lengths = new Map<string, number | null>([...input].map((axis, i) => [axis, inputShape[i]]));
  const told = [outputShape].flat() as (number | null)[];
  const own = [...output].filter((axis, i) => i > 0 && !elided.includes(axis));
  const rest = given.startsWith('...') ? [...made.replace('...', '')] : own;
  rest.slice(-told.length).forEach((axis, i) => {
    if (!lengths.has(axis)) lengths.set(axis, told[told.length - Math.min(rest.length, told.length) + i]);
  });
  if ([...kernel, ...output].some((axis) => typeof lengths.get(axis) !== 'number' && kernel.includes(axis))) {
    throw invalid(layer, equation);
  }
  return { input, kernel, output, lengths };
}

function invalid(layer: string, equation: string): Error {
  return userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${layer} (EinsumDense) has equation ${JSON.stringify(equation)}; give one such as "abc,cd->abd" or "...x,xy->...y" with the lengths of its new axes in outputShape.`,
  );
}
