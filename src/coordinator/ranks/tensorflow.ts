/**
 * Environment that libtensorflow reads as it loads. It has to be that of the process: what a worker thread sets in its
 * process.env stays there. A rank is one thread, and a pool of TensorFlow's own would fight the other ranks for the cores.
 */
const settings = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/** Sets what the user has not set, before any rank loads libtensorflow. */
export function prepareTensorflow(): void {
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

let isLoaded = false;
let loading: Promise<unknown> = Promise.resolve();

/**
 * The first rank of the process to load libtensorflow does so while no other rank of any trainer is at it, as tfjs-node
 * fills a set of the process without a lock. Where that has been done, returns without `load`.
 */
export async function loadFirstAlone(load: () => Promise<unknown>): Promise<void> {
  const turn = loading.then(async () => {
    if (isLoaded) return;
    await load();
    isLoaded = true;
  });
  loading = turn.catch(() => {});
  await turn;
}
