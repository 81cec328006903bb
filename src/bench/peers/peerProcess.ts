import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fault } from '../../shared/errors.js';
import type { Racer } from '../convergence/race.js';
import type { Round } from '../interleave.js';
import { moduleOf, type PeerSetting } from './catalog.js';
import { IdleMeter } from './idle.js';
import { peersFolder } from './python.js';

/** A peer that runs, or why it does not. */
export type StartedPeer = { readonly runner: PeerRunner } | { readonly skipped: string };

/** The last lines of stderr are enough to see why a process ended. */
const KEPT_ERRORS = 2000;

/** Starts a peer on a case; `python` runs those that are scripts of Python. */
export async function startPeer(
  python: string,
  folder: string,
  setting: PeerSetting,
  steps: number,
): Promise<StartedPeer> {
  const peer = new PeerProcess(python, folder, setting);
  const answer = await peer.hear().catch((error: Error) => ({ skip: error.message }));
  if ('ready' in answer) return { runner: new PeerRunner(peer, setting, String(answer.ready), steps) };
  await peer.close();
  return { skipped: String('skip' in answer ? answer.skip : 'the script did not say that it is ready') };
}

/** A peer's training, timed by the peer itself. Between rounds its process sleeps. */
export class PeerRunner implements Racer {
  readonly name: string;
  /** Library and version. */
  readonly library: string;
  readonly setting: PeerSetting;
  readonly #process: PeerProcess;
  readonly #steps: number;
  readonly #idle: IdleMeter;

  constructor(peer: PeerProcess, setting: PeerSetting, library: string, steps: number) {
    this.name = `${library}, ${setting.setting}`;
    this.library = library;
    this.setting = setting;
    this.#process = peer;
    this.#steps = steps;
    this.#idle = new IdleMeter(peer.pid);
  }

  /** Cores kept busy between rounds, which would disturb the others; null where the system does not tell. */
  get idleShare(): number | null {
    return this.#idle.share;
  }

  async round(): Promise<Round> {
    this.#idle.stop();
    const { seconds, loss } = await this.#process.ask({ steps: this.#steps });
    this.#idle.start();
    return { seconds: Number(seconds), steps: this.#steps, loss: Number(loss) };
  }

  /** The share of the case's validation rows that it classifies rightly. */
  async accuracy(): Promise<number> {
    const { accuracy } = await this.#process.ask({ validate: true });
    return Number(accuracy);
  }

  async close(): Promise<void> {
    await this.#process.close();
  }
}

/** A process that answers every line on stdin with one line of JSON on stdout. */
class PeerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: Interface;
  readonly #script: string;
  readonly #exited: Promise<unknown>;
  #errors = '';

  constructor(python: string, folder: string, { peer, setting, threads }: PeerSetting) {
    const module = moduleOf(peer);
    this.#script = module ?? join(peersFolder, `${peer}_step.py`);
    const args = [this.#script, folder, '--threads', `${threads}`, '--setting', setting];
    const env = { ...process.env, TF_NUM_INTRAOP_THREADS: `${threads}`, TF_CPP_MIN_LOG_LEVEL: '2' };
    const program = module === undefined ? python : process.execPath;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#exited = once(this.#child, 'close').catch((error: Error) => {
      this.#errors += error.message;
    });
    // A write to a process that has just ended fails; its end is what is reported.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERRORS);
    });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async ask(message: object): Promise<Record<string, unknown>> {
    const answer = this.hear();
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    return answer;
  }

  /** The next line; an error when the process ends instead. */
  async hear(): Promise<Record<string, unknown>> {
    const line = once(this.#lines, 'line').then(([text]) => String(text));
    const answer = await Promise.race([line, this.#exited.then(() => null)]);
    if (answer !== null) return JSON.parse(answer) as Record<string, unknown>;
    throw fault('PEER_ENDED', `${this.#script} ended: ${reasonIn(this.#errors)}`);
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }
}

/** The line of what was written to stderr that names the error, else the last one. */
function reasonIn(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? (lines[lines.length - 1] || 'no word why');
}
