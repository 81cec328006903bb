import type { Progress } from '../coordinator/callbacks/callback.js';
import type { EpochRecord } from './metrics.js';

/** What a run tells a display as it goes; epochs count from 1. */
export type RunEvent =
  | ({ readonly event: 'start' } & RunStart)
  | ({ readonly event: 'progress' } & Progress)
  | ({ readonly event: 'epoch'; readonly epochs: number } & EpochRecord)
  | { readonly event: 'warning'; readonly message: string };

/** The run that begins or goes on. */
export interface RunStart {
  readonly name: string;
  /** The run directory. */
  readonly out: string;
  /** The training file. */
  readonly data: string;
  readonly resumed: boolean;
  /** Updates applied before. */
  readonly step: number;
  readonly epochs: number;
  readonly rows: number;
  readonly validationRows: number;
  readonly parameters: number;
  readonly workers: number;
  readonly shards: number;
  readonly engine: string;
  readonly engineReason: string;
  readonly workersReason: string;
  readonly seed: number;
}

/** What a finished run amounts to. */
export interface Summary {
  /** sha256 over all weights and optimizer vectors, in hex. */
  readonly fingerprint: string;
  /** Updates applied over the whole run. */
  readonly steps: number;
  readonly epochs: number;
  /** Loss over the training rows in the last epoch. */
  readonly loss: number;
  /** The last epoch's other values: metrics, and `val_` forms. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The epoch, from 1, that the saved model is of, where training gave it the weights of its best one. */
  readonly restoredEpoch?: number;
  readonly workers: number;
  readonly shards: number;
  readonly engine: string;
  /** Of this call, from reading the config to the saved model. */
  readonly seconds: number;
  /** The run directory. */
  readonly out: string;
}
