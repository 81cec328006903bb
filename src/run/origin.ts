import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../shared/packageRoot.js';
import { availableCores } from '../shared/threads/cores.js';

/** What a run was made with, for its log: nothing here changes a result on another machine. */
export interface Origin {
  /** Of Lockstep. */
  readonly version: string;
  readonly node: string;
  readonly machine: string;
  /** The command line, as it was given. */
  readonly command: string;
  /** The commit of the working folder, and whether its files were as committed; absent where it is under no version control. */
  readonly commit?: string;
  readonly clean?: boolean;
}

export async function originOf(): Promise<Origin> {
  const { cores } = availableCores();
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return {
    version: version(),
    node: process.version,
    machine: `${model}, ${cores} core${cores === 1 ? '' : 's'}, ${process.platform}-${process.arch}`,
    command: process.argv.slice(2).join(' '),
    ...(await commitOf()),
  };
}

/** The version of the package that this file is part of, wherever it is built. */
export function version(): string {
  const path = join(packageRoot(import.meta.url), 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

const GIT_MS = 2000;

async function commitOf(): Promise<Pick<Origin, 'commit' | 'clean'>> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { timeout: GIT_MS, encoding: 'utf8' })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    return { commit, clean: (await git('status', '--porcelain', '--untracked-files=no')) === '' };
  } catch {
    return {};
  }
}
