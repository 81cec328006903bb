import { EXIT } from './exit.js';
import { leave } from './guard.js';
import { obeySupervisor } from './supervised.js';

/** Something that ends in a checkpoint when asked to. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Asks for the same, for a reason that the run is to end with. */
  end(reason: Error): void;
  dispose(): void;
}

const names = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into an abort signal, so that the step in progress ends and a checkpoint is written.
 * The second one leaves at once. SIGHUP keeps its meaning, so that nohup works.
 */
export function stopOnSignals(onFirst: () => void): Stop {
  const controller = new AbortController();
  const dispose = onSignals(() => {
    if (controller.signal.aborted) leave(EXIT.interrupted);
    controller.abort();
    onFirst();
  });
  return { signal: controller.signal, end: (reason) => controller.abort(reason), dispose };
}

/**
 * The same in a supervised process. A terminal sends Ctrl-C to both processes, so here signals are never counted: the
 * supervisor does that, and ends this process at the second one.
 */
export function stopOnRequest(onFirst: () => void): Stop {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) return;
    controller.abort();
    onFirst();
  };
  const endSignals = onSignals(stop);
  const endObedience = obeySupervisor(stop, () => leave(EXIT.interrupted));
  return {
    signal: controller.signal,
    end: (reason) => controller.abort(reason),
    dispose: () => {
      endSignals();
      endObedience();
    },
  };
}

function onSignals(listener: () => void): () => void {
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
}
