import { z } from 'zod';
import type { Logs } from '../compiler/metrics.js';
import { flag, text } from '../options/fields.js';
import { readOptions } from '../options/readOptions.js';
import type { Callback } from './callback.js';

export interface RemoteMonitorOptions {
  /** Where the server is; default `http://localhost:9000`. */
  readonly root?: string;
  /** The path under it; default `/publish/epoch/end/`. */
  readonly path?: string;
  /** The field of the form that holds the logs; default `data`. */
  readonly field?: string;
  /** Headers of the request, by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Send the logs as the body, as JSON, in place of a form; default false. */
  readonly sendAsJson?: boolean;
}

const schema = z.strictObject({
  root: text('a URL, such as http://localhost:9000').default('http://localhost:9000'),
  path: text('a path, such as /publish/epoch/end/').default('/publish/epoch/end/'),
  field: text('the name of a field').default('data'),
  headers: z.record(z.string(), z.string(), { error: 'headers by name' }).default({}),
  sendAsJson: flag().default(false),
});

/**
 * Posts the logs of each epoch, `epoch` from 0 among them, to a server: Keras's RemoteMonitor
 * (https://keras.io/api/callbacks/remote_monitor/). A server that cannot be reached is told once in a warning of the process, and
 * training goes on.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.remoteMonitor({ root: 'http://dashboard:9000', sendAsJson: true })
 */
export function remoteMonitor(options: RemoteMonitorOptions = {}): Callback {
  const { root, path, field, headers, sendAsJson } = readOptions('remoteMonitor', schema, options);
  let hasWarned = false;
  const onEpochEnd = async (epoch: number, logs: Logs): Promise<void> => {
    const json = JSON.stringify({ epoch, ...logs });
    const sent = sendAsJson
      ? { body: json, headers: { 'content-type': 'application/json', ...headers } }
      : { body: new URLSearchParams({ [field]: json }), headers };
    try {
      await fetch(root + path, { method: 'POST', ...sent });
    } catch {
      if (!hasWarned) process.emitWarning(`remoteMonitor: ${root} cannot be reached; its logs are not sent.`);
      hasWarned = true;
    }
  };
  return { name: 'remoteMonitor', onEpochEnd };
}
