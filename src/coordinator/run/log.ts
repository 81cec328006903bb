import { type Logger, pino } from 'pino';

/** The log of a run: pino's JSON lines, appended, each on disk when the call returns. */
export interface RunLog {
  readonly write: Logger;
  close(): void;
}

export function openLog(path: string): RunLog {
  const file = pino.destination({ dest: path, append: true, sync: true });
  const write = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, file);
  return { write, close: () => file.end() };
}
