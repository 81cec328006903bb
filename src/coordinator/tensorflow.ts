/**
 * Environment that libtensorflow reads as it loads. It has to be that of the process: what a worker thread sets in its
 * process.env stays there. A rank is one thread, and a pool of TensorFlow's own would fight the other ranks for the cores.
 */
const settings = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/** Sets what the user has not set, before any rank loads libtensorflow. */
export function prepareTensorflow(): void {
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}
