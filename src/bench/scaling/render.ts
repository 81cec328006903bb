import { renderMachine, renderOthers } from '../machine.js';
import { stepPhases } from '../profile.js';
import { type Column, digits, percent, renderTable } from '../table.js';
import type { ScalingPoint } from './figures.js';
import type { FittedModel } from './model.js';
import type { ScalingBenchmark, ScalingCurve, ScalingReport, WorkloadScaling } from './scaling.js';

const columns: readonly Column[] = [
  { title: 'workers' },
  { title: 'batch' },
  { title: 'ms a step' },
  { title: 'spread' },
  { title: 'speed-up' },
  { title: 'min' },
  { title: 'max' },
  { title: 'efficiency' },
  { title: 'imbalance' },
  { title: 'loss' },
];

const rankColumns: readonly Column[] = [
  { title: 'workers' },
  { title: 'rank' },
  ...stepPhases.map((title) => ({ title })),
  { title: 'waiting' },
];

/** The report of `bench scaling` as text. */
export function renderScaling({ machine, reports }: ScalingBenchmark): string {
  return [renderMachine(machine), ...reports.map(renderReport)].join('\n\n');
}

function renderReport(report: WorkloadScaling): string {
  if ('skipped' in report) return `${report.title}: skipped. ${report.skipped}`;
  const { title, batchSize, shards, rounds, stepsPerRound, engine, curves, fitted } = report;
  const head = `${title}, batch ${batchSize}, ${shards} shards, ${engine}, median of ${rounds} rounds of ${stepsPerRound} steps`;
  return [head, ...curves.map(renderCurve), renderModel(fitted, report)].join('\n');
}

const headings = {
  strong: 'strong scaling: the same batch on more workers',
  weak: 'weak scaling: a batch that grows with the workers; the speed-up is that of samples per second',
} as const;

function renderCurve({ mode, points, othersBusy, sameBits }: ScalingCurve): string {
  return [
    headings[mode],
    renderTable(columns, points.map(pointRow)),
    ...(sameBits === null ? [] : [sameBits ? 'all numbers of workers came to the same bits' : 'THE BITS DIFFER']),
    'milliseconds a step by phase',
    renderTable(rankColumns, points.flatMap(rankRows)),
    ...renderOthers(othersBusy),
  ].join('\n');
}

function pointRow({ workers, batchSize, time, speedup, efficiency, imbalance, loss }: ScalingPoint): string[] {
  return [
    `${workers}`,
    `${batchSize}`,
    digits(time.median),
    percent(time.spread),
    times(speedup.median),
    times(speedup.min),
    times(speedup.max),
    percent(efficiency),
    percent(imbalance),
    digits(loss),
  ];
}

function rankRows({ workers, ranks }: ScalingPoint): string[][] {
  return ranks.map(({ phases, waiting }, rank) => [
    `${workers}`,
    `${rank}`,
    ...stepPhases.map((phase) => digits(phases[phase])),
    percent(waiting),
  ]);
}

/** The fitted model in words, its error, and what it says of more ranks. */
function renderModel(fitted: FittedModel, { batchSize }: ScalingReport): string {
  const { model, gigabytesPerSecond, points, worstError, worstLeftOutError, projection } = fitted;
  const bandwidth =
    gigabytesPerSecond === null ? 'no time that goes with bytes' : `${digits(gigabytesPerSecond)} GB/s a core`;
  const leftOut =
    worstLeftOutError === null
      ? 'too few points to leave one out, so the first figure says little'
      : `${percent(worstLeftOutError)} on a point left out of the fit`;
  const rows = projection.map(({ ranks, speedup, speedupSameMemory }) => [
    `${ranks}`,
    times(speedup),
    times(speedupSameMemory),
  ]);
  return [
    'fitted: ms = serial + rows/p · (row + beside others) + bytes/p · byte + (p − 1) · rank + (N − p) · extra rank,',
    'with p = min(N, cores); a row takes longer beside others where p > 1',
    `  serial ${digits(model.serial)} ms, ${microseconds(model.perRow)} a row and ${microseconds(model.perSharedRow)} more beside others, reduce and update ${bandwidth},`,
    `  barrier ${microseconds(model.perRank)} a further rank, ${microseconds(model.perExtraRank)} a rank without a core`,
    `  error at most ${percent(worstError)} on the ${points.length} points measured; ${leftOut}`,
    `PROJECTION, not measured: speed-up on a batch of ${batchSize} with a core for each rank`,
    renderTable([{ title: 'ranks' }, { title: 'bandwidth grows' }, { title: 'bandwidth of this machine' }], rows),
  ].join('\n');
}

function microseconds(milliseconds: number): string {
  return `${digits(milliseconds * 1000)} µs`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
