import { kernel } from './definition.js';

/**
 * What all recurrent kernels share: the steps that are there (mask), what is kept of the state in its product with u (keep),
 * time steps, units and the activation.
 */
const recurrence = {
  mask: 'rows?',
  keep: 'rows?',
  steps: 'size',
  units: 'size',
  activation: 'activation',
  reversed: 'flag',
} as const;

/** What those with gates share. */
const gatedRecurrence = { ...recurrence, recurrentActivation: 'activation' } as const;

/** Recurrent layers, over time steps. */
export const recurrentKernels = {
  /**
   * A simple recurrent layer over `steps` time steps from the state h0 (U), zero where it is −1:
   * h_t = activation(z_t + (keep ∘ h_{t−1})·u). z (T, U) holds x·kernel + bias of all time steps. h (T, U) and previous
   * (T, U) gain the outputs and those of one step before; `last` (U) the final output. keep (U) scales the state in its
   * product, at all steps alike; −1 for ones. Time runs backwards when `reversed`; all buffers stay in time order. mask (T)
   * is 0 at the steps that are skipped: they leave state and output as they were.
   */
  simpleRnnForward: kernel({
    z: 'rows',
    u: 'parameter',
    h0: 'rows?',
    h: 'rows',
    previous: 'rows',
    last: 'rows',
    ...recurrence,
  }),
  /**
   * dz (T, U) from the gradients of h (dh, −1 for none) and of the final output (dLast, −1 for none); dh0 (U) gains that
   * of the initial state, −1 where it is not wanted. dz may be dh.
   */
  simpleRnnBackward: kernel({
    h: 'rows',
    u: 'parameter',
    dh: 'rows?',
    dLast: 'rows?',
    dz: 'rows',
    dh0: 'rows?',
    ...recurrence,
  }),
  /**
   * GRU over `steps` time steps, as simpleRnnForward walks through them: h_t = z ∘ h_{t−1} + (1 − z) ∘ candidate. z (T, 3U)
   * holds x·kernel + bias, gate order z, r, candidate, and becomes the activated gates. b (3U) is added to the recurrent
   * products. inner (T, U) gains r ∘ keep ∘ h_{t−1}, which the candidate's columns of u multiply; where `resetAfter`, that
   * product with keep ∘ h_{t−1} itself and its bias, which r then scales.
   */
  gruForward: kernel({
    z: 'rows',
    u: 'parameter',
    b: 'parameter?',
    h0: 'rows?',
    h: 'rows',
    previous: 'rows',
    inner: 'rows',
    last: 'rows',
    resetAfter: 'flag',
    ...gatedRecurrence,
  }),
  /**
   * dz (T, 3U) from the gradients of h (dh, −1 for none) and of the final output (dLast, −1 for none); gates, previous and
   * inner as gruForward left them. Where `resetAfter`, dInner (T, 3U) gains the gradient of the recurrent products, which
   * is −1 elsewhere. dh0 as in simpleRnnBackward. dz may be `gates`.
   */
  gruBackward: kernel({
    gates: 'rows',
    previous: 'rows',
    inner: 'rows',
    u: 'parameter',
    dh: 'rows?',
    dLast: 'rows?',
    dz: 'rows',
    dInner: 'rows?',
    dh0: 'rows?',
    resetAfter: 'flag',
    ...gatedRecurrence,
  }),
  /**
   * LSTM over `steps` time steps, as simpleRnnForward walks through them. z (T, 4U) holds x·kernel + bias of all time steps,
   * gate order i, f, g, o, and becomes the activated gates. h (T, U), c (T, U) and previous (T, U) gain the outputs, the
   * cells and the outputs one step before; `last` (U) the final output. c0 (U) is the cell at the start, zero where it is −1.
   */
  lstmForward: kernel({
    z: 'rows',
    u: 'parameter',
    h0: 'rows?',
    c0: 'rows?',
    h: 'rows',
    c: 'rows',
    previous: 'rows',
    last: 'rows',
    ...gatedRecurrence,
  }),
  /**
   * dz (T, 4U) from the gradients of h (dh, −1 for none), of the final output (dLast, −1 for none) and of the final cell
   * (dcLast, −1 for none); `gates`, `c` as lstmForward left them. dh0 and dc0 (U) gain the gradients of the initial output
   * and cell, −1 where they are not wanted. dz may be `gates`.
   */
  lstmBackward: kernel({
    gates: 'rows',
    c0: 'rows?',
    c: 'rows',
    u: 'parameter',
    dh: 'rows?',
    dLast: 'rows?',
    dcLast: 'rows?',
    dz: 'rows',
    dh0: 'rows?',
    dc0: 'rows?',
    ...gatedRecurrence,
  }),
} as const;
