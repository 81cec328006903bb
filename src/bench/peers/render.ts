import { renderMachine, renderOthers } from '../machine.js';
import { type Column, digits, percent, renderTable } from '../table.js';
import type { Contestant } from './contestants.js';
import type { Absent, Contest, PeersBenchmark, PeersReport } from './peers.js';

const columns: readonly Column[] = [
  { title: 'library', align: 'left' },
  { title: 'setting', align: 'left' },
  { title: 'threads' },
  { title: 'ms a step' },
  { title: 'min' },
  { title: 'max' },
  { title: 'ratio' },
  { title: 'loss' },
  { title: 'final loss' },
  { title: 'losses', align: 'left' },
];

/** More than this share of a core in use while it should sleep, and a peer disturbs the others. */
const BUSY = 0.05;

/** The report of `bench peers` as text: a table for each workload, then who was absent and who disturbed. */
export function renderPeers({ machine, reports }: PeersBenchmark): string {
  return [renderMachine(machine), ...reports.map(renderReport)].join('\n\n');
}

function renderReport(report: PeersReport): string {
  if ('skipped' in report) return `${report.title}: skipped. ${report.skipped}`;
  const { title, batchSize, rounds, stepsPerRound, contestants } = report;
  return [
    `${title}, batch ${batchSize}, median of ${rounds} rounds of ${stepsPerRound} steps`,
    renderTable(columns, contestants.map(row)),
    ...verdict(contestants),
    ...remarks(report),
  ].join('\n');
}

function row(contestant: Contestant): string[] {
  const { library, setting, threads, time, ratio, firstLoss, finalLoss, agrees } = contestant;
  return [
    library,
    setting,
    `${threads}`,
    digits(time.median),
    digits(time.min),
    digits(time.max),
    `${ratio.toFixed(2)}×`,
    firstLoss.toFixed(4),
    finalLoss.toFixed(4),
    agrees ? 'agree' : 'DIFFER',
  ];
}

/** How Lockstep's best stands to the best peer that did the same work. */
function verdict(contestants: readonly Contestant[]): string[] {
  const peers = contestants.filter(({ library, agrees }) => library !== 'Lockstep' && agrees);
  if (peers.length === 0) return [];
  const { library, setting, threads, ratio } = peers.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  return [`fastest peer: ${library}, ${setting}, ${threads} threads; its step takes ${ratio.toFixed(2)}× Lockstep's`];
}

function remarks({ absent, contestants, othersBusy }: Contest): string[] {
  return [
    ...renderAbsent(absent),
    ...contestants
      .filter(({ idleShare }) => idleShare !== null && idleShare > BUSY)
      .map(
        ({ library, setting, idleShare }) =>
          `${library}, ${setting} kept ${percent(idleShare)} of a core busy between its rounds`,
      ),
    ...renderOthers(othersBusy),
  ];
}

/** A line for each reason: a library that is missing is missing in all its settings. */
export function renderAbsent(absent: readonly Absent[]): string[] {
  const reasons = [...new Set(absent.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const who = absent.filter((one) => one.reason === reason).map(({ library, setting }) => `${library} ${setting}`);
    return `skipped: ${[...new Set(who)].join(', ')}: ${reason}`;
  });
}
