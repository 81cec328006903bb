import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fault } from '../../shared/errors.js';
import { type BenchmarkName, benchmarkRuns, type Results } from './runs.js';

export interface AllOptions {
  readonly only: readonly BenchmarkName[];
  /** The program that has the command `bench`: a JavaScript file for Node. */
  readonly program: string;
  /** Results of before: those of benchmarks that do not run now stay. */
  readonly before: Results;
}

/**
 * Runs benchmarks one after the other, each in a process of its own, so that none inherits threads or memory. Their
 * tables go to this process's output; `onResult` gets the results so far after each, so that an end halfway loses none.
 */
export async function benchAll(
  { only, program, before }: AllOptions,
  onResult: (results: Results) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    let results = before;
    for (const name of only) {
      const { options } = benchmarkRuns[name];
      const file = join(folder, `${name}.json`);
      const command = ['lockstep', 'bench', name, ...options].join(' ');
      const began = new Date().toISOString();
      process.stdout.write(`\n$ ${command}\n`);
      await run(command, [program, 'bench', name, ...options, '--out', file]);
      results = { ...results, [name]: { command, began, report: JSON.parse(await readFile(file, 'utf8')) } };
      await onResult(results);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw fault('BENCH_ENDED', `${command} ended with ${signal ?? code}; the results before it are kept.`);
}
