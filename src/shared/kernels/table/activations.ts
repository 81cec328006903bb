import { kernel } from './definition.js';

/** An activation that needs its input, and the numbers that shape some of them. */
const inputActivation = {
  activation: 'inputActivation',
  alpha: 'number',
  threshold: 'number',
  limit: 'number',
} as const;

/** Where the slopes of a PReLU stand among a row's elements: shared along the axes before and behind them. */
const slopes = { outer: 'size', slopes: 'size', inner: 'size' } as const;

/** Activations, with numbers or trained slopes. */
export const activationKernels = {
  /** y = activation(x), `size` elements a row. */
  activationForward: kernel({ x: 'rows', y: 'rows', size: 'size', activation: 'activation' }),
  /** dx = dy ∘ activation′, from the output y. dx may be dy. */
  activationBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', size: 'size', activation: 'activation' }),
  /** y = f(x) of an activation whose derivative needs x, `size` elements a row; what f does with the numbers: see there. */
  inputActivationForward: kernel({ x: 'rows', y: 'rows', size: 'size', ...inputActivation }),
  /** dx = dy ∘ f′(x). dx may be dy. */
  inputActivationBackward: kernel({ x: 'rows', dy: 'rows', dx: 'rows', size: 'size', ...inputActivation }),
  /**
   * y = x where x > 0, else alpha · x, with a trained alpha for each of `slopes` elements: a row is (outer, slopes, inner).
   */
  preluForward: kernel({ x: 'rows', y: 'rows', alpha: 'parameter', ...slopes }),
  /** dx = dy where x > 0, else alpha · dy. dx may be dy. */
  preluInputGradient: kernel({ x: 'rows', dy: 'rows', dx: 'rows', alpha: 'parameter', ...slopes }),
  /** Slab: dalpha = Σ dy · min(x, 0) over rows, outer and inner, folded per shard in tree order. */
  preluWeightGradient: kernel({ x: 'rows', dy: 'rows', alpha: 'parameter', ...slopes }),
} as const;
