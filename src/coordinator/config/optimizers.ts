import type { AdamSpec, SgdSpec } from '../../shared/optimizers.js';
export function adam(o: Partial<AdamSpec> = {}): AdamSpec {
  return { kind: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, amsgrad: false, ...o };
}
export function sgd(o: Partial<SgdSpec> = {}): SgdSpec {
  return { kind: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false, decay: 0, ...o };
}
