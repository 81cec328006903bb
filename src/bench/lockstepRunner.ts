import { adam } from '../coordinator/options/optimizerFactories.js';
import type { EngineChoice, TrainerOptions } from '../coordinator/options/trainerOptions.js';
import { Trainer } from '../coordinator/trainer.js';
import type { OptimizerSpecOf } from '../shared/optimizers/optimizers.js';
import type { Racer } from './convergence/race.js';
import type { BenchData } from './data.js';
import type { Round } from './interleave.js';
import type { Workload } from './workloads.js';

/** How Lockstep runs a workload. */
export interface RunnerConfiguration {
  readonly workers: number | 'auto';
  readonly shards: number;
  readonly engine: EngineChoice;
  readonly profile?: boolean;
  /** Of the initial weights; default 1. */
  readonly seed?: number;
}

export interface Configuration extends RunnerConfiguration {
  readonly workers: number;
}

/** The parts of a workload that training takes. */
type RunWorkload = Pick<Workload, 'layers' | 'loss' | 'batchSize' | 'batches' | 'steps' | 'learningRate'>;

/**
 * The optimizer of a workload. Keras adds ε to √v and others to its bias-corrected form; with an ε this small the two
 * agree, and losses can be compared.
 */
export function workloadAdam({ learningRate }: Pick<Workload, 'learningRate'>): OptimizerSpecOf<'adam'> {
  return adam({ learningRate, epsilon: 1e-8 });
}

function trainerOptions(workload: RunWorkload, configuration: RunnerConfiguration): TrainerOptions {
  return { optimizer: workloadAdam(workload), loss: workload.loss, seed: 1, ...configuration };
}

/** A Lockstep trainer of one workload in one configuration, timed over whole epochs. */
export class LockstepRunner implements Racer {
  readonly name: string;
  readonly trainer: Trainer;
  readonly #workload: RunWorkload;
  readonly #data: BenchData;
  readonly #validation: BenchData;

  private constructor(trainer: Trainer, workload: RunWorkload, data: BenchData, validation: BenchData) {
    this.name = `workers ${trainer.workers}, shards ${trainer.shards}`;
    this.trainer = trainer;
    this.#workload = workload;
    this.#data = data;
    this.#validation = validation;
  }

  /** `validation`: the rows of `accuracy`; those that are trained on when absent. */
  static async create(
    workload: RunWorkload,
    data: BenchData,
    configuration: RunnerConfiguration,
    validation: BenchData = data,
  ): Promise<LockstepRunner> {
    const trainer = await Trainer.create(workload.layers, trainerOptions(workload, configuration));
    return new LockstepRunner(trainer, workload, data, validation);
  }

  /** Times the epochs alone: `fit` checks the data first, which a library that is handed tensors does not. */
  async round(): Promise<Round> {
    const { batchSize, batches, steps } = this.#workload;
    let began = 0;
    let ended = 0;
    const timing = {
      onTrainBegin: () => {
        began = performance.now();
      },
      onTrainEnd: () => {
        ended = performance.now();
      },
    };
    const options = { epochs: steps / batches, batchSize, shuffle: false, callbacks: [timing] };
    const { history } = await this.trainer.fit(this.#data, options);
    return { seconds: (ended - began) / 1000, steps, loss: history.loss[history.loss.length - 1] };
  }

  /** The share of the validation rows whose largest output is that of their class. */
  async accuracy(): Promise<number> {
    const { x, y } = this.#validation;
    const { values, shape } = await this.trainer.predict({ x });
    const classes = shape[1];
    let right = 0;
    for (let row = 0; row < shape[0]; row++) {
      const outputs = values.subarray(row * classes, (row + 1) * classes);
      if (outputs.indexOf(Math.max(...outputs)) === y.values[row]) right++;
    }
    return right / shape[0];
  }

  async close(): Promise<void> {
    await this.trainer.close();
  }
}
