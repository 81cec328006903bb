import type { UpdateCall } from '../kernels/updateCall.js';
import type { Schedule } from './schedules.js';

/** What every optimizer may be told beside its own arguments; names and meanings as in Keras 3. */
export interface UpdateOptions {
  /** The initial base rate; `schedule` and `decay` shape it step by step. */
  readonly learningRate: number;
  /** Divides the rate of step t (from 0) by 1 + decay · t. */
  readonly decay: number;
  readonly schedule?: Schedule;
  /** Most length of the gradient of each parameter; at most one of the three clippings is given. */
  readonly clipnorm?: number;
  /** Most length of the gradients of all parameters together. */
  readonly globalClipnorm?: number;
  /** Most absolute value of any element of a gradient. */
  readonly clipvalue?: number;
  /** Decoupled weight decay (Loshchilov and Hutter, 2019): before its update a weight loses rate · weightDecay of itself. */
  readonly weightDecay?: number;
  /** Regular expressions; a weight whose name matches one is not decayed. */
  readonly excludeFromWeightDecay?: readonly string[];
  /** Keep a moving average of the weights, with which they are replaced when `fit` ends. */
  readonly useEma?: boolean;
  /** The share that an average keeps at a step; default 0.99. */
  readonly emaMomentum?: number;
  /** Replace the weights by their averages after every so many updates, too. */
  readonly emaOverwriteFrequency?: number;
  /** Update once in so many batches, with the mean of their gradients. */
  readonly gradientAccumulationSteps?: number;
}

/** An argument of an optimizer: which values it may have, and Keras's default. */
export interface Argument<V extends number | boolean> {
  readonly values: 'belowOne' | 'positive' | 'nonNegative' | 'nonPositive' | 'flag';
  readonly default: V;
}

/** An argument that names one of several forms of a rule; left out it is the first, which is Keras's. */
export interface Choice<V extends string> {
  readonly values: readonly V[];
}

/** A number in [0, 1). */
export const belowOne = (value: number): Argument<number> => ({ values: 'belowOne', default: value });
export const positive = (value: number): Argument<number> => ({ values: 'positive', default: value });
export const nonNegative = (value: number): Argument<number> => ({ values: 'nonNegative', default: value });
export const nonPositive = (value: number): Argument<number> => ({ values: 'nonPositive', default: value });
export const flag = (value: boolean): Argument<boolean> => ({ values: 'flag', default: value });
export const choice = <const V extends string>(...values: readonly V[]): Choice<V> => ({ values });

export type ArgumentList = Readonly<Record<string, Argument<number> | Argument<boolean> | Choice<string>>>;

/** The resolved options of an optimizer of that kind with those arguments. */
export type SpecOf<K extends string, A extends ArgumentList> = UpdateOptions & { readonly kind: K } & {
  readonly [N in keyof A as A[N] extends Choice<string> ? never : N]: A[N] extends Argument<boolean> ? boolean : number;
} & { readonly [N in keyof A as A[N] extends Choice<string> ? N : never]?: A[N] extends Choice<infer V> ? V : never };

/**
 * The kernel of an optimizer: how many vectors and scalars it reads by position, and what it computes, in plain
 * TypeScript: in float64, rounded once where a value is stored. The native kernel of the name is in native/src/updates.h.
 */
export interface UpdateKernel<N extends string> {
  readonly name: N;
  readonly vectors: number;
  readonly scalars: number;
  /** Whether an update is of whole weights, as it needs their lengths: no rank then has a part of one. */
  readonly whole?: true;
  update(f32: Float32Array, call: UpdateCall): void;
}

/**
 * All that Lockstep knows about one optimizer: one such object a file. Its schema, its place in configs, its moments and
 * the tables of kernels follow from it. Ranks evaluate `scalars` for themselves and agree to the bit: +, −, ×, ÷ and √ alone.
 */
export interface OptimizerDefinition<K extends string, N extends string, A extends ArgumentList> {
  readonly kind: K;
  /** Arguments beside those of `UpdateOptions`, or with another default than there. */
  readonly arguments: A;
  readonly kernel: UpdateKernel<N>;
  /** Names of the kernel's vectors, in its order; null for one that these arguments do without. */
  vectors(spec: SpecOf<K, A>): readonly (string | null)[];
  /** What each vector holds before the first update; zero by default. */
  initialValues?(spec: SpecOf<K, A>): readonly number[];
  /** The kernel's scalars for update number `update` (from 0) at a learning rate. */
  scalars(spec: SpecOf<K, A>, rate: number, update: number): readonly number[];
  /** The scalars behind those for a weight of that shape, of a kernel that updates whole weights. */
  shapeScalars?(shape: readonly number[]): readonly number[];
}

/** One optimizer, its types found from what is given. */
export function optimizer<const K extends string, const N extends string, const A extends ArgumentList>(
  definition: OptimizerDefinition<K, N, A>,
): OptimizerDefinition<K, N, A> {
  return definition;
}

/** The spec of an optimizer that is defined so. */
export type SpecOfDefinition<D> = D extends OptimizerDefinition<infer K, string, infer A> ? SpecOf<K, A> : never;
