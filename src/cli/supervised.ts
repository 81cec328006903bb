/** What the training process and the one that supervises it tell each other. */

/** The environment variable that makes a process the training process: `new`, or `again` after a crash. */
export const SUPERVISED = 'LOCKSTEP_SUPERVISED';

/** Stop after the step in progress, with a checkpoint. */
export type ToTraining = 'stop';

/** The run directory, told before anything is written to it; and that the command has been carried out to its end. */
export type FromTraining = { readonly directory: string } | { readonly done: true };

/** Time to leave a checkpoint behind when the supervisor is gone; after that the process ends as it is. */
const LEAVE_WITHIN_MS = 30_000;

/** How this process was started: null when nobody supervises it. */
export type Supervision = 'new' | 'again' | null;

/** Reads that once and takes it from the environment, so that no process started from here inherits it. */
export function takeSupervision(): Supervision {
  const given = process.env[SUPERVISED];
  delete process.env[SUPERVISED];
  return process.send !== undefined && (given === 'new' || given === 'again') ? given : null;
}

export function tellSupervisor(message: FromTraining): void {
  if (process.connected) process.send?.(message);
}

/**
 * Calls `stop` when the supervisor asks for it, or is gone: nobody is left behind. Listening does not keep the process
 * alive; returns how to end it.
 */
export function obeySupervisor(stop: () => void, leave: () => void): () => void {
  const onMessage = (message: ToTraining): void => {
    if (message === 'stop') stop();
  };
  const onDisconnect = (): void => {
    setTimeout(leave, LEAVE_WITHIN_MS).unref();
    stop();
  };
  process.on('message', onMessage);
  process.on('disconnect', onDisconnect);
  process.channel?.unref();
  if (!process.connected) onDisconnect();
  return () => {
    process.off('message', onMessage);
    process.off('disconnect', onDisconnect);
  };
}
