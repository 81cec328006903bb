import type { LockstepError } from '../../shared/errors.js';

/** What the caller has asked a runtime for. `docs/architecture.md` draws both kinds of states. */
export type CallState =
  /** No job is being run. */
  | 'idle'
  /** A job is being run. */
  | 'running'
  /** A job is being run, and ends after the step in progress. */
  | 'stopping'
  /** The trainer was closed: nothing can be run any more. */
  | 'closed';

/** What the weights in shared memory are. */
export type WeightsState =
  /** Those after the last command. */
  | { readonly name: 'whole' }
  /** Ranks carry out a command; one that trains changes them. */
  | { readonly name: 'commanded'; readonly trains: boolean }
  /** A rank has failed. After a command that trains they are torn: between the values of two steps. */
  | { readonly name: 'failed'; readonly torn: boolean; readonly totals: readonly number[] }
  /** They could not be brought back. */
  | { readonly name: 'lost'; readonly error: LockstepError };

const calls: Readonly<Record<CallState, readonly CallState[]>> = {
  idle: ['running', 'closed'],
  running: ['stopping', 'idle', 'closed'],
  stopping: ['idle', 'closed'],
  closed: [],
};

const weights: Readonly<Record<WeightsState['name'], readonly WeightsState['name'][]>> = {
  whole: ['commanded', 'failed', 'lost'],
  commanded: ['whole', 'failed'],
  failed: ['failed', 'whole', 'commanded', 'lost'],
  lost: [],
};

export function nextCall(from: CallState, to: CallState): CallState {
  if (!calls[from].includes(to)) throw new Error(`A runtime that is ${from} cannot become ${to}.`);
  return to;
}

export function nextWeights(from: WeightsState, to: WeightsState): WeightsState {
  if (!weights[from.name].includes(to.name)) throw new Error(`Weights that are ${from.name} cannot become ${to.name}.`);
  return to;
}
