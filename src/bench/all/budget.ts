import type { Contestant } from '../peers/contestants.js';
import type { PeersBenchmark } from '../peers/peers.js';
import type { StepBenchmark, StepFigures } from '../step.js';
import { digits, percent } from '../table.js';
import type { WorkloadName } from '../workloads.js';
import type { Results } from './runs.js';

/** A goal of the performance budget beside what was measured. */
interface Line {
  readonly what: string;
  readonly goal: string;
  /** Null where nothing was measured. */
  readonly measured: string | null;
  readonly met: boolean;
}

/** The workloads of the budget. */
const rows: readonly WorkloadName[] = ['mlp', 'tiny', 'cnn', 'lstm'];
const large: readonly WorkloadName[] = ['mlp', 'cnn', 'lstm'];

const TIMES_PEER = 2;
const TIMES_TFJS = 10;
const SHARE_OF_PEAK: Partial<Record<WorkloadName, number>> = { mlp: 0.65, cnn: 0.45, lstm: 0.45 };
const TINY_MICROSECONDS = 30;
const SPEED_UP = 1.9;
/** A training step with 8 shards over one with a shard a worker. */
const COST_OF_SHARDS = 1.05;

/** The performance budget as a Markdown table; null without results of `bench step` and `bench peers`. */
export function renderBudget({ step, peers }: Results): string | null {
  if (step === undefined || peers === undefined) return null;
  const lines = [
    ...rows.flatMap((name) => peerLines(name, peers.report)),
    ...large.flatMap((name) => stepLines(name, step.report)),
    tinyLine(step.report),
    shardsLine(step.report),
  ];
  const cells = lines.map(({ what, goal, measured, met }) => [
    what,
    goal,
    measured ?? 'not measured',
    verdict(measured, met),
  ]);
  return markdown([['', 'goal', 'measured', ''], ...cells]);
}

function verdict(measured: string | null, met: boolean): string {
  if (measured === null) return '';
  return met ? 'met' : 'short';
}

/** How Lockstep stands to the fastest peer, and to TensorFlow.js, that did the same work. */
function peerLines(name: WorkloadName, { reports }: PeersBenchmark): Line[] {
  const report = reports.find(({ workload }) => workload === name);
  const contestants = report === undefined || 'skipped' in report ? [] : report.contestants;
  const peers = contestants.filter(({ library, agrees }) => library !== 'Lockstep' && agrees);
  const isTfjs = ({ library }: Contestant): boolean => library.startsWith('TensorFlow.js');
  return [
    ratioLine(
      `${name}: the fastest peer's step over Lockstep's`,
      TIMES_PEER,
      fastest(peers.filter((one) => !isTfjs(one))),
    ),
    ratioLine(`${name}: TensorFlow.js's step over Lockstep's`, TIMES_TFJS, fastest(peers.filter(isTfjs))),
  ];
}

function fastest(contestants: readonly Contestant[]): Contestant | undefined {
  return contestants.reduce<Contestant | undefined>(
    (best, one) => (best === undefined || one.ratio < best.ratio ? one : best),
    undefined,
  );
}

function ratioLine(what: string, goal: number, peer: Contestant | undefined): Line {
  const measured = peer === undefined ? null : `${peer.ratio.toFixed(2)}× (${peer.library}, ${peer.setting})`;
  return { what, goal: `≥ ${goal}×`, measured, met: peer !== undefined && peer.ratio >= goal };
}

function stepLines(name: WorkloadName, report: StepBenchmark): Line[] {
  const [one, all] = eightShards(name, report);
  const share = all?.peak ? all.gigaflops / all.peak : null;
  const goal = SHARE_OF_PEAK[name] ?? 0;
  const speedUp = one && all && one !== all ? one.time.median / all.time.median : null;
  return [
    {
      what: `${name}: share of the FMA peak of all cores`,
      goal: `≥ ${percent(goal)}`,
      measured: share === null ? null : percent(share),
      met: share !== null && share >= goal,
    },
    {
      what: `${name}: from one worker to ${all?.workers ?? 2}`,
      goal: `≥ ${SPEED_UP}×`,
      measured: speedUp === null ? null : `${speedUp.toFixed(2)}×`,
      met: speedUp !== null && speedUp >= SPEED_UP,
    },
  ];
}

function tinyLine(report: StepBenchmark): Line {
  const medians = eightShards('tiny', report).map(({ time }) => time.median * 1000);
  const best = medians.length === 0 ? null : Math.min(...medians);
  return {
    what: 'tiny: a step',
    goal: `≤ ${TINY_MICROSECONDS} µs`,
    measured: best === null ? null : `${digits(best)} µs`,
    met: best !== null && best <= TINY_MICROSECONDS,
  };
}

function shardsLine(report: StepBenchmark): Line {
  const configurations = configurationsOf('mlp', report);
  const most = Math.max(...configurations.map(({ workers }) => workers));
  const find = (shards: number) => configurations.find((one) => one.workers === most && one.shards === shards);
  const [eight, own] = [find(8), find(most)];
  const ratio = eight && own ? eight.time.median / own.time.median : null;
  return {
    what: 'mlp: 8 shards over a shard a worker',
    goal: `≤ ${COST_OF_SHARDS}×`,
    measured: ratio === null ? null : `${ratio.toFixed(2)}×`,
    met: ratio !== null && ratio <= COST_OF_SHARDS,
  };
}

/** The configurations of 8 shards, fewest workers first. */
function eightShards(name: WorkloadName, report: StepBenchmark): StepFigures[] {
  return configurationsOf(name, report)
    .filter(({ shards }) => shards === 8)
    .sort((a, b) => a.workers - b.workers);
}

function configurationsOf(name: WorkloadName, { reports }: StepBenchmark): readonly StepFigures[] {
  const report = reports.find(({ workload }) => workload === name);
  return report === undefined || 'skipped' in report ? [] : report.configurations;
}

/** A Markdown table, its first row the head, laid out as formatters do. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
