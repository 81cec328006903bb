import { EXIT } from './exit.js';

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into an abort signal, so that the step in progress ends and a checkpoint is written.
 * The second one leaves at once. SIGHUP keeps its meaning, so that nohup works.
 */
export function stopOnSignals(onFirst: () => void): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    onFirst();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
