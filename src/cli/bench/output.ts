import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Watch } from '../../bench/workloads.js';
import { StatusLine } from '../../coordinator/callbacks/display/statusLine.js';
import { print, printJson } from '../output.js';

/** Where every benchmark writes its report. */
export interface OutputOptions {
  readonly json?: true;
  readonly out?: string;
}

export function addOutputOptions(command: Command): Command {
  return command.option('--json', 'print one JSON object').option('--out <file>', 'write the JSON object there too');
}

export async function emit<T>(report: T, render: (report: T) => string, { json, out }: OutputOptions): Promise<void> {
  if (json) printJson(report);
  else print(render(report));
  if (out !== undefined) await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
}

/** Shows on a terminal what is being measured. */
export async function watched<T>(measure: (watch: Watch) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return measure(() => {});
  const line = new StatusLine(process.stderr);
  try {
    return await measure((message) => line.show((width) => message.slice(0, width)));
  } finally {
    line.close();
  }
}
