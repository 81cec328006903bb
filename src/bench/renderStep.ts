import { renderMachine, renderOthers } from './machine.js';
import { stepPhases } from './profile.js';
import type { StepBenchmark, StepFigures, WorkloadReport } from './step.js';
import { type Column, digits, percent, renderTable } from './table.js';

const figureColumns: readonly Column[] = [
  { title: 'workers' },
  { title: 'shards' },
  { title: 'engine', align: 'left' },
  { title: 'ms a step' },
  { title: 'min' },
  { title: 'spread' },
  { title: 'samples/s' },
  { title: 'GFLOP/s' },
  { title: 'of peak' },
  { title: 'loss' },
];

const phaseColumns: readonly Column[] = [
  { title: 'workers' },
  { title: 'shards' },
  { title: 'rank' },
  ...stepPhases.map((title) => ({ title })),
];

/** The report of `bench step` as text: a table of times, one of phases and the ratios, for each workload. */
export function renderStep({ machine, reports }: StepBenchmark): string {
  return [renderMachine(machine), ...reports.map(renderWorkload)].join('\n\n');
}

function renderWorkload(report: WorkloadReport): string {
  if ('skipped' in report) return `${report.title}: skipped. ${report.skipped}`;
  const { title, batchSize, gigaflopPerStep, rounds, stepsPerRound, othersBusy, configurations } = report;
  const head = `${title}, batch ${batchSize}, ${digits(gigaflopPerStep)} GFLOP a step, median of ${rounds} rounds of ${stepsPerRound} steps`;
  const phases = `milliseconds a step by phase\n${renderTable(phaseColumns, configurations.flatMap(phaseRows))}`;
  const ratios = stepRatios(configurations).map(({ title, ratio }) => `${title}: ${ratio.toFixed(2)}×`);
  return [
    head,
    renderTable(figureColumns, configurations.map(figureRow)),
    phases,
    ...ratios,
    ...renderOthers(othersBusy),
  ].join('\n');
}

function figureRow(figures: StepFigures): string[] {
  const { workers, shards, engine, time, samplesPerSecond, gigaflops, peak, loss } = figures;
  return [
    `${workers}`,
    `${shards}`,
    engine,
    digits(time.median),
    digits(time.min),
    percent(time.spread),
    digits(samplesPerSecond),
    digits(gigaflops),
    percent(peak === null ? null : gigaflops / peak),
    digits(loss),
  ];
}

function phaseRows({ workers, shards, phases }: StepFigures): string[][] {
  return phases.map((profile, rank) => [
    `${workers}`,
    `${shards}`,
    `${rank}`,
    ...stepPhases.map((phase) => digits(profile[phase])),
  ]);
}

/** Ratios of medians: each configuration's speed-up over the first with as many shards, and what more shards cost. */
export function stepRatios(
  configurations: readonly Pick<StepFigures, 'workers' | 'shards' | 'time'>[],
): { title: string; ratio: number }[] {
  return configurations.flatMap((one, index) => {
    const before = configurations.slice(0, index);
    const base = before.find(({ shards }) => shards === one.shards);
    const other = before.find(({ workers }) => workers === one.workers);
    return [
      ...(base === undefined
        ? []
        : [
            {
              title: `speed-up from ${base.workers} to ${one.workers} workers, ${one.shards} shards`,
              ratio: base.time.median / one.time.median,
            },
          ]),
      ...(other === undefined
        ? []
        : [
            {
              title: `time of ${other.shards} shards over ${one.shards}, ${one.workers} workers`,
              ratio: other.time.median / one.time.median,
            },
          ]),
    ];
  });
}
