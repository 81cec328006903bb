import { parentPort, workerData } from 'node:worker_threads';
import { findAddon } from '../shared/native/addon.js';

/** What a thread of `measurePeak` is started with. */
export interface PeakStart {
  /** One Int32 word: threads that are ready. */
  readonly gate: SharedArrayBuffer;
  readonly threads: number;
}

const { gate, threads } = workerData as PeakStart;
const { addon } = findAddon();
awaitAll(new Int32Array(gate));
parentPort?.postMessage(addon?.peaks('').gigaflops ?? 0);

/** All threads measure at the same time: cores that share a clock or an FMA unit show it. */
function awaitAll(ready: Int32Array): void {
  if (Atomics.add(ready, 0, 1) === threads - 1) Atomics.notify(ready, 0);
  for (let seen = Atomics.load(ready, 0); seen < threads; seen = Atomics.load(ready, 0)) Atomics.wait(ready, 0, seen);
}
