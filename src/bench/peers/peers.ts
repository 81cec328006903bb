import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLayersEngine } from '../../coordinator/options/engineChoice.js';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { type BenchData, syntheticData } from '../data.js';
import { interleave } from '../interleave.js';
import { LockstepRunner } from '../lockstepRunner.js';
import { describeMachine, type Machine } from '../machine.js';
import { skipUnsupported } from '../skip.js';
import { type Watch, type Workload, withSteps } from '../workloads.js';
import { writeCase } from './caseFiles.js';
import { moduleOf, type PeerName, type PeerSetting, peerSettings } from './catalog.js';
import { type Contestant, compare, type Described, type Identity } from './contestants.js';
import { type PeerRunner, startPeer } from './peerProcess.js';
import { findPython, type PythonSearch } from './python.js';

/** What `bench peers` is asked for. */
export interface PeersOptions {
  readonly workloads: readonly Workload[];
  readonly peers: readonly PeerName[];
  /** Numbers of Lockstep's workers and of the peers' threads. */
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  /** Steps a round; each workload's own number when absent. */
  readonly steps?: number | undefined;
  readonly rounds: number;
  /** The Python that has the peers. */
  readonly python?: string | undefined;
}

export type PeersReport = {
  readonly workload: string;
  readonly title: string;
} & ({ readonly skipped: string } | Contest);

export interface Contest {
  readonly batchSize: number;
  readonly stepsPerRound: number;
  readonly rounds: number;
  /** Cores that programs outside the contest kept busy. */
  readonly othersBusy: number;
  /** Lockstep's configurations first. */
  readonly contestants: readonly Contestant[];
  readonly absent: readonly Absent[];
}

/** A peer that did not run. */
export type Absent = Identity & { readonly reason: string };

export interface PeersBenchmark {
  readonly machine: Machine;
  readonly reports: readonly PeersReport[];
}

const SHARDS = 8;

/** Times Lockstep and every peer that is installed on the same work from the same weights, in interleaved rounds. */
export async function benchPeers(options: PeersOptions, watch: Watch = () => {}): Promise<PeersBenchmark> {
  const search = findPython(options.python);
  const reports: PeersReport[] = [];
  for (const given of options.workloads) {
    const workload = withSteps(given, options.steps);
    const { name, title } = workload;
    const outcome = await skipUnsupported(() => holdContest(workload, options, search, watch));
    reports.push({ workload: name, title, ...outcome });
  }
  return { machine: describeMachine(), reports };
}

async function holdContest(
  workload: Workload,
  options: PeersOptions,
  search: PythonSearch,
  watch: Watch,
): Promise<Contest> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-peers-'));
  const runners: (LockstepRunner | PeerRunner)[] = [];
  try {
    const data = syntheticData(workload);
    const ours = await createOurs(workload, data, options, runners);
    watch(`${workload.name}: starting the peers`);
    await writeCase(folder, workload, data, ours[0].trainer);
    const { theirs, absent } = await startTheirs(workload, folder, options, search, runners);
    const { rounds, othersBusy } = await interleave(runners, options.rounds, (round) => {
      watch(`${workload.name}: round ${round} of ${options.rounds}`);
    });
    const contestants = compare([...ours.map(describeOurs), ...theirs.map(describeTheirs)], rounds, ours.length);
    const { batchSize, steps: stepsPerRound } = workload;
    return { batchSize, stepsPerRound, rounds: options.rounds, othersBusy, contestants, absent };
  } finally {
    await Promise.allSettled(runners.map((runner) => runner.close()));
    await rm(folder, { recursive: true });
  }
}

async function createOurs(
  workload: Workload,
  data: BenchData,
  { workers, engine }: PeersOptions,
  started: (LockstepRunner | PeerRunner)[],
): Promise<LockstepRunner[]> {
  const ours: LockstepRunner[] = [];
  for (const count of workers) {
    // With TensorFlow.js a shard is a pass of its own, so there is by default one a worker.
    const shards = isLayersEngine(engine) ? count : Math.max(SHARDS, count);
    const runner = await LockstepRunner.create(workload, data, { workers: count, shards, engine });
    ours.push(runner);
    started.push(runner);
  }
  return ours;
}

/** Starts the peers that run a case, each in every setting that suits it; `started` gets them at once, to be closed. */
export async function startTheirs(
  workload: Pick<Workload, 'layers' | 'batchSize' | 'steps'>,
  folder: string,
  { peers, workers, mostSeconds }: Pick<PeersOptions, 'peers' | 'workers'> & { readonly mostSeconds?: number },
  search: PythonSearch,
  started: { close(): Promise<void> }[],
): Promise<{ theirs: PeerRunner[]; absent: Absent[] }> {
  const theirs: PeerRunner[] = [];
  const absent: Absent[] = [];
  for (const setting of peerSettings(workload, peers, workers, mostSeconds)) {
    const reason = setting.tooSlow ?? lackOfPython(setting.peer, search);
    const python = 'python' in search ? search.python : '';
    const peer = reason === undefined ? await startPeer(python, folder, setting, workload.steps) : { skipped: reason };
    if ('skipped' in peer) {
      absent.push({ ...identityOf(setting.peer, setting), reason: peer.skipped });
    } else {
      theirs.push(peer.runner);
      started.push(peer.runner);
    }
  }
  return { theirs, absent };
}

function lackOfPython(peer: PeerName, search: PythonSearch): string | undefined {
  return 'reason' in search && moduleOf(peer) === undefined ? search.reason : undefined;
}

export function describeOurs({ trainer }: LockstepRunner): Described {
  const setting = `${trainer.engine}, ${trainer.shards} shards`;
  return { library: 'Lockstep', setting, threads: trainer.workers, idleShare: null };
}

export function describeTheirs({ library, setting, idleShare }: PeerRunner): Described {
  return { ...identityOf(library, setting), idleShare };
}

function identityOf(library: string, { setting, threads }: PeerSetting): Identity {
  return { library, setting, threads };
}
