import type { Logs } from '../coordinator/compiler/metrics.js';
import type { Description } from '../coordinator/describe.js';
import { Trainer } from '../coordinator/trainer.js';
import type { Override } from './config/overrides.js';
import { readConfig } from './config/read.js';
import { formatOf } from './data/formats.js';
import { fitOptionsOf } from './fitOptions.js';
import { dataRequest, modelSource, trainerOptions, withInputShape } from './open.js';
import { orStopped } from './stopping.js';

/** What a run would be. */
export interface DryRun
  extends Pick<Description, 'parameters' | 'workers' | 'shards' | 'engine' | 'engineReason' | 'peakMemory'> {
  readonly rows: number;
  readonly validationRows: number;
  readonly epochs: number;
  /** Loss and metrics of the first batch. */
  readonly logs: Logs;
  /** Of that step, the first of all. */
  readonly seconds: number;
}

/** Reads the data of a config, plans its model and trains one step; writes nothing. */
export async function dryRun(file: string, overrides: readonly Override[], signal: AbortSignal): Promise<DryRun> {
  const config = await orStopped(signal, readConfig(file, overrides).then(withInputShape));
  const trainer = await orStopped(signal, Trainer.create(modelSource(config), trainerOptions(config)), (late) =>
    late.close(),
  );
  await using _ = trainer;
  const data = await orStopped(signal, formatOf(config.data).load(config.data, dataRequest(config, trainer)));
  const { validationData: __, ...fit } = fitOptionsOf(config, data);
  let logs: Logs = {};
  let began = 0;
  let seconds = 0;
  const first = {
    onBatchBegin: (): void => {
      began = performance.now();
    },
    onBatchEnd: (_batch: number, values: Logs, control: { stopTraining(): void }): void => {
      seconds = (performance.now() - began) / 1000;
      logs = values;
      control.stopTraining();
    },
  };
  await trainer.fit(data.train, { ...fit, callbacks: [first], signal });
  const { parameters, workers, shards, engine, engineReason, peakMemory } = trainer.describe();
  return {
    ...{ parameters, workers, shards, engine, engineReason, peakMemory },
    rows: data.train.rows,
    validationRows: data.validation?.rows ?? 0,
    epochs: config.fit.epochs,
    ...{ logs, seconds },
  };
}
