import { Piscina } from 'piscina';
import type { StartQueue } from './startQueue.js';

type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

/** A pool of threads that do what `module` exports by default, and stay until the pool is destroyed. */
export function openPool(module: URL, taskQueue: StartQueue, options: PoolOptions): Piscina {
  return new Piscina({
    filename: new URL('./entry.cjs', import.meta.url).href,
    workerData: module.href,
    // Threads begin with the first tasks: Piscina would replace a dead one from an event, where a failure to get a
    // thread is nobody's to catch.
    minThreads: 0,
    idleTimeout: Number.POSITIVE_INFINITY,
    taskQueue,
    // Nobody reads Piscina's histograms.
    recordTiming: false,
    ...options,
  });
}
