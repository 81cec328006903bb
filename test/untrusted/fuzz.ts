/**
 * Damages files at seeded places, reads them, and looks at how that ends: in a value or in one sentence of Lockstep's own,
 * within the time and the memory that a file of that size may take.
 *
 *   npm run fuzz -- --runs 100000 [--seed 1] [--only checkpoints|models|configs|data|arrays|pictures|runs] [--out fuzz-failures]
 *
 * A case that ends otherwise is written to `--out` with its seed, and the exit code is 1. The cases are those of
 * files.test.ts, which runs a few thousand of them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Choices } from '../helpers/faults.js';
import type { FromFuzzed } from './fuzzed.js';
import { MEMORY } from './outcome.js';
import { type Kind, kinds, type Subject } from './subject.js';
import { openSubjects, prepareSubjects, writeFiles } from './subjects.js';

/** Milliseconds after which a case counts as hanging. */
const TIME_LIMIT = 10_000;
/** Of the runs, how many each kind takes. */
const shares: Readonly<Record<Kind, number>> = {
  checkpoints: 0.3,
  models: 0.1,
  configs: 0.1,
  data: 0.1,
  arrays: 0.15,
  pictures: 0.15,
  runs: 0.1,
};
/** Heap and address space that no case comes near: what asks for more ends the process, and that is found. */
const EXEC_ARGV = ['--max-old-space-size=512'];

interface Problem {
  readonly subject: Subject;
  readonly seed: number;
  readonly problem: string;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    out: { type: 'string', default: 'fuzz-failures' },
  },
});
const [runs, firstSeed] = [Number(values.runs), Number(values.seed)];
const chosen = kinds.filter((kind) => values.only === undefined || kind === values.only);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(firstSeed) || chosen.length === 0) {
  console.error(`--runs and --seed are whole numbers, and --only is one of ${kinds.join(', ')}.`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'lockstep-fuzz-'));
const problems: Problem[] = [];
const start = performance.now();
try {
  await prepareSubjects(folder);
  const subjects = (await openSubjects(folder)).filter(({ kind }) => chosen.includes(kind));
  const whole = chosen.reduce((sum, kind) => sum + shares[kind], 0);
  let done = 0;
  for (const subject of subjects) {
    const count = Math.ceil((runs * shares[subject.kind] * subject.share) / whole);
    await runSubject(subject, firstSeed, firstSeed + count);
    done += count;
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`${done} damaged files in ${seconds.toFixed(0)} s, ${problems.length} problems.`);
  console.log(`Bound of memory: ${MEMORY.factor} times the files and ${MEMORY.constant / 2 ** 20} MiB.`);
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = problems.length > 0 ? 1 : 0;

/** Runs the cases of a subject in a process that is started again behind a case that it does not survive. */
async function runSubject(subject: Subject, first: number, end: number): Promise<void> {
  const began = performance.now();
  let mostTaken = 0;
  for (let next = first; next < end; ) {
    const { stopped, taken } = await runProcess(subject, next, end);
    mostTaken = Math.max(mostTaken, taken);
    if (stopped === null) break;
    await report({ subject, ...stopped });
    next = stopped.seed + 1;
  }
  const rate = ((end - first) / (performance.now() - began)) * 1000;
  const memory = `at most ${(mostTaken / 2 ** 20).toFixed(1)} MiB a case`;
  console.log(`${subject.title}: ${end - first} cases, ${rate.toFixed(0)} a second, ${memory}`);
}

interface Ran {
  /** The case that the process did not survive. */
  readonly stopped: { readonly seed: number; readonly problem: string } | null;
  readonly taken: number;
}

async function runProcess(subject: Subject, first: number, end: number): Promise<Ran> {
  await rm(join(folder, 'current'), { force: true });
  const script = fileURLToPath(new URL('fuzzed.js', import.meta.url));
  const child = fork(script, [folder, subject.title, String(first), String(end)], { execArgv: EXEC_ARGV });
  const watch = watchFor(child);
  let taken: number | null = null;
  const reports: Promise<void>[] = [];
  child.on('message', (message: FromFuzzed) => {
    if ('done' in message) taken = message.mostTaken;
    else reports.push(report({ subject, ...message }));
  });
  const how = await new Promise<string>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  clearInterval(watch.timer);
  await Promise.all(reports);
  if (taken !== null) return { stopped: null, taken };
  const problem = watch.hangs() ? `it took more than ${TIME_LIMIT} ms` : `the process ended with ${how}`;
  return { stopped: { seed: await currentSeed(first), problem }, taken: 0 };
}

/** Kills a process that stays in one case beyond the limit. */
function watchFor(child: ChildProcess): { timer: NodeJS.Timeout; hangs: () => boolean } {
  let [seed, since, hangs] = [-1, performance.now(), false];
  const timer = setInterval(async () => {
    const now = await currentSeed(-1);
    // A process that has not begun its first case may be slow to start.
    if (now !== seed || now < 0) [seed, since] = [now, performance.now()];
    if (performance.now() - since < TIME_LIMIT) return;
    hangs = true;
    child.kill('SIGKILL');
  }, 1000);
  return { timer, hangs: () => hangs };
}

async function currentSeed(otherwise: number): Promise<number> {
  const text = await readFile(join(folder, 'current'), 'utf8').catch(() => '');
  return text === '' ? otherwise : Number(text);
}

/** Writes the files of a case that ended badly, and how to repeat it. */
async function report({ subject, seed, problem }: Problem): Promise<void> {
  problems.push({ subject, seed, problem });
  const place = join(values.out, `${subject.kind}-${subject.title.replaceAll(/\W+/g, '-')}-${seed}`);
  await writeFiles(place, subject.damage(new Choices(seed)));
  console.log(`NOT OK ${subject.title}, --seed ${seed} --runs 1 --only ${subject.kind} (${place}): ${problem}`);
}
