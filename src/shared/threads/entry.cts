import threads = require('node:worker_threads');

/**
 * What a pool's threads run: the default export of the module that `workerData` names, by import(). Piscina itself would
 * require() it, and Node 20.20.2 aborts the whole process when a thread is ended while it requires an ES module.
 */
export = import(threads.workerData as string).then((module: { default: unknown }) => module.default);
