import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { findAddon } from '../shared/native/addon.js';
import type { PeakStart } from './peakThread.js';

/** GFLOP/s of as many cores as `workers` ranks can use, in FMAs on registers; null without the native addon. */
export async function measurePeak(workers: number): Promise<number | null> {
  if (findAddon().addon === null) return null;
  const threads = Math.min(workers, availableParallelism());
  const workerData: PeakStart = { gate: new SharedArrayBuffer(4), threads };
  const peaks = await Promise.all(Array.from({ length: threads }, () => peakOfThread(workerData)));
  return peaks.reduce((a, b) => a + b, 0);
}

async function peakOfThread(workerData: PeakStart): Promise<number> {
  const worker = new Worker(new URL('./peakThread.js', import.meta.url), { workerData });
  const [gigaflops] = (await once(worker, 'message')) as [number];
  await worker.terminate();
  return gigaflops;
}
