import type { Callback, FitControl, Weight } from '../../../src/index.js';

/** A `fit` without a trainer: its log values are given, and what callbacks do to it can be read. */
export class FakeFit implements FitControl {
  step = 0;
  readonly stepsPerEpoch = 4;
  readonly epochs = 100;
  readonly logNames: readonly string[];
  readonly directions: FitControl['directions'];
  readonly lastBatch = { rows: 0, logs: {} };
  learningRate = 1;
  stopped = false;
  /** The only weight: the number of the epoch that is done, until `setWeights`. */
  weight = 0;
  readonly written: string[] = [];

  constructor(...logNames: readonly string[]) {
    this.logNames = logNames;
    this.directions = Object.fromEntries(logNames.map((name) => [name, 'min']));
  }

  stopTraining(): void {
    this.stopped = true;
  }

  weights(): Weight[] {
    return [{ name: 'w', shape: [1], values: Float32Array.of(this.weight) }];
  }

  setWeights([{ values }]: readonly Weight[]): void {
    this.weight = values[0];
  }

  checkpoint(path: string): void {
    this.written.push(path);
  }

  pause(): void {}

  async save(directory: string): Promise<void> {
    this.written.push(`model ${directory}`);
  }

  async predict(): Promise<never> {
    throw new Error('There is no model.');
  }

  async evaluate(): Promise<never> {
    throw new Error('There is no model.');
  }
}

/** Runs a callback over epochs whose only log is `name`; returns the fit and the learning rate of each epoch. */
export async function runEpochs(
  callback: Callback,
  name: string,
  values: readonly number[],
  fit = new FakeFit(name),
): Promise<{ fit: FakeFit; rates: number[]; epochs: number }> {
  const rates: number[] = [];
  await callback.onTrainBegin?.(fit);
  for (const [epoch, value] of values.entries()) {
    if (fit.stopped) break;
    await callback.onEpochBegin?.(epoch, fit);
    rates.push(fit.learningRate);
    fit.weight = epoch;
    await callback.onEpochEnd?.(epoch, { [name]: value }, fit);
  }
  await callback.onTrainEnd?.({}, fit);
  return { fit, rates, epochs: rates.length };
}
