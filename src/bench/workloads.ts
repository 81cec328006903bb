import type { LayerConfig, LossName } from '../coordinator/options/trainerOptions.js';
import { userError } from '../shared/errors.js';

/** A model with its batch size. Every one is trained with Adam and no metrics. */
export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  readonly layers: readonly LayerConfig[];
  readonly loss: Extract<LossName, 'sparseCategoricalCrossentropy' | 'binaryCrossentropy'>;
  readonly batchSize: number;
  /** Batches of the dataset: one epoch, long enough that its start costs nothing beside it. */
  readonly batches: number;
  /** Steps of one timed round. */
  readonly steps: number;
  /** Brings the loss down over the rounds, but not so far that nothing is left to compare. */
  readonly learningRate: number;
}

export const workloadNames = ['mlp', 'tiny', 'cnn', 'lstm', 'wide'] as const;
export type WorkloadName = (typeof workloadNames)[number];

const classifier = { loss: 'sparseCategoricalCrossentropy', batchSize: 256 } as const;

export const workloads: readonly Workload[] = [
  {
    name: 'mlp',
    title: 'MLP 784-512-512-10',
    layers: [
      { type: 'Dense', units: 512, activation: 'relu', inputShape: [784] },
      { type: 'Dense', units: 512, activation: 'relu' },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    ...classifier,
    batches: 16,
    steps: 48,
    learningRate: 3e-5,
  },
  {
    name: 'tiny',
    title: 'tiny MLP 32-64-1',
    layers: [
      { type: 'Dense', units: 64, activation: 'relu', inputShape: [32] },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
    loss: 'binaryCrossentropy',
    batchSize: 64,
    batches: 500,
    steps: 1000,
    learningRate: 1e-4,
  },
  {
    name: 'cnn',
    title: 'CNN 28×28, conv32-pool-conv64-pool-128-10',
    layers: [
      { type: 'Conv2D', filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] },
      { type: 'MaxPooling2D', poolSize: 2 },
      { type: 'Conv2D', filters: 64, kernelSize: 3, activation: 'relu' },
      { type: 'MaxPooling2D', poolSize: 2 },
      { type: 'Flatten' },
      { type: 'Dense', units: 128, activation: 'relu' },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    ...classifier,
    batches: 8,
    steps: 8,
    learningRate: 1e-3,
  },
  {
    name: 'lstm',
    title: 'LSTM 28×28, 128 units',
    layers: [
      { type: 'LSTM', units: 128, recurrentActivation: 'sigmoid', inputShape: [28, 28] },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    ...classifier,
    batches: 8,
    steps: 8,
    learningRate: 1e-3,
  },
  {
    // 25.2 million parameters and few rows: a step is as much reduce and update as arithmetic.
    name: 'wide',
    title: 'wide MLP 1024-4096-4096-1024-10',
    layers: [
      { type: 'Dense', units: 4096, activation: 'relu', inputShape: [1024] },
      { type: 'Dense', units: 4096, activation: 'relu' },
      { type: 'Dense', units: 1024, activation: 'relu' },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    loss: 'sparseCategoricalCrossentropy',
    batchSize: 32,
    batches: 4,
    steps: 4,
    learningRate: 1e-6,
  },
];

/** The workload of that name, or all of them. */
export function chooseWorkloads(name: string): readonly Workload[] {
  if (name === 'all') return workloads;
  const found = workloads.filter((workload) => workload.name === name);
  if (found.length > 0) return found;
  throw userError('UNKNOWN_WORKLOAD', `There is no workload ${name}; give one of ${workloadNames.join(', ')} or all.`);
}

/**
 * The same workload with `steps` steps a round: the dataset holds no more batches than those, and the steps become a
 * whole number of passes over it.
 */
export function withSteps(workload: Workload, steps: number = workload.steps): Workload {
  const batches = Math.min(workload.batches, steps);
  return { ...workload, batches, steps: Math.ceil(steps / batches) * batches };
}

/** Tells what is being measured, for a display. */
export type Watch = (message: string) => void;
