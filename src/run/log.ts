import { type Logger, pino } from 'pino';

/** The log of a run: pino's JSON lines, appended, each on disk when the call returns. */
export interface RunLog {
  readonly write: Logger;
  close(): void;
}

/** Opens a log; `onLost` hears once that lines cannot be written, which is no reason to stop training. */
export function openLog(path: string, onLost: (error: Error) => void): RunLog {
  const file = pino.destination({ dest: path, append: true, sync: true });
  let isLost = false;
  file.on('error', (error: Error) => {
    if (!isLost) onLost(error);
    isLost = true;
  });
  const write = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, file);
  return { write, close: () => file.end() };
}
