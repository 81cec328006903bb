import { join } from 'node:path';

/** The files of a run directory. */
export function runPaths(directory: string) {
  return {
    /** The run as it was carried out: every default applied, every path absolute. */
    config: join(directory, 'config.json'),
    /** Whether the run is running, interrupted, failed or finished. */
    status: join(directory, 'status.json'),
    /** How data is read and scaled for the model, learned from the training rows. */
    preprocessing: join(directory, 'preprocessing.json'),
    /** The process that writes the run, while it does. */
    lock: join(directory, 'lockstep.lock'),
    log: join(directory, 'log.jsonl'),
    /** One line an epoch. */
    metrics: join(directory, 'metrics.jsonl'),
    checkpoints: join(directory, 'checkpoints'),
    /** How the trained model does on its validation rows. */
    validation: join(directory, 'validation.json'),
    /** The page of the run. */
    report: join(directory, 'report.html'),
    /** What TensorBoard shows. */
    tensorBoard: join(directory, 'tb'),
    /** The trained model in TensorFlow.js layers format. */
    model: join(directory, 'model'),
  } as const;
}

export type RunPaths = ReturnType<typeof runPaths>;
