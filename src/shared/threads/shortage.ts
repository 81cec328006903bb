import { reason } from '../files.js';

/** What a new thread lacks, in words, where an error tells that there are too few threads or files; null for other errors. */
export function shortageIn(message: string): string | null {
  const code = /\bE(AGAIN|MFILE|NFILE)\b/.exec(message)?.[0];
  if (code === undefined) return null;
  if (code === 'EAGAIN') return 'the system gives this process no more threads (ulimit -u)';
  return reason(Object.assign(new Error(message), { code }));
}
