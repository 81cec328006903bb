import { adam } from '../coordinator/config/optimizers.js';
import type { EngineChoice, TrainerOptions } from '../coordinator/options.js';
import { Trainer } from '../coordinator/trainer.js';
import type { AdamSpec } from '../shared/optimizers.js';
import type { BenchData } from './data.js';
import type { Round, Runner } from './interleave.js';
import type { Workload } from './workloads.js';

/** How Lockstep runs a workload. */
export interface Configuration {
  readonly workers: number;
  readonly shards: number;
  readonly engine: EngineChoice;
  readonly profile?: boolean;
}

/**
 * The optimizer of a workload. Keras adds ε to √v and others to its bias-corrected form; with an ε this small the two
 * agree, and losses can be compared.
 */
export function workloadAdam({ learningRate }: Workload): AdamSpec {
  return adam({ learningRate, epsilon: 1e-8 });
}

function trainerOptions(workload: Workload, configuration: Configuration): TrainerOptions {
  return { optimizer: workloadAdam(workload), loss: workload.loss, seed: 1, ...configuration };
}

/** A Lockstep trainer of one workload in one configuration, timed over whole epochs. */
export class LockstepRunner implements Runner {
  readonly name: string;
  readonly trainer: Trainer;
  readonly #workload: Workload;
  readonly #data: BenchData;

  private constructor(name: string, trainer: Trainer, workload: Workload, data: BenchData) {
    this.name = name;
    this.trainer = trainer;
    this.#workload = workload;
    this.#data = data;
  }

  static async create(workload: Workload, data: BenchData, configuration: Configuration): Promise<LockstepRunner> {
    const { workers, shards } = configuration;
    const trainer = await Trainer.create(workload.layers, trainerOptions(workload, configuration));
    return new LockstepRunner(`workers ${workers}, shards ${shards}`, trainer, workload, data);
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

  async close(): Promise<void> {
    await this.trainer.close();
  }
}
