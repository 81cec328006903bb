import { epochText, Pace } from '../coordinator/callbacks/display/epochs.js';
import {
  formatBytes,
  formatCount,
  formatEngine,
  formatLogs,
  formatSeconds,
  formatThings,
} from '../coordinator/callbacks/display/format.js';
import { truncate, wrapParts } from '../coordinator/callbacks/display/lines.js';
import { renderProgress } from '../coordinator/callbacks/display/progressLine.js';
import { StatusLine } from '../coordinator/callbacks/display/statusLine.js';
import type { DryRun } from '../run/dryRun.js';
import type { RunEvent, RunStart, Summary } from '../run/events.js';
import { outputWidth, print, printJson, programName, warn } from './output.js';

/** How a run is shown. */
export interface TrainDisplay {
  onEvent(event: RunEvent): void;
  /** The user asked to stop; the step in progress is being finished. */
  stopping(): void;
  finished(summary: Summary): void;
  close(): void;
}

/** A progress bar on a terminal, a line an epoch elsewhere, JSON lines when asked for. */
export function createDisplay(json: boolean): TrainDisplay {
  if (json) return new JsonDisplay();
  return process.stdout.isTTY ? new TerminalDisplay(new StatusLine(process.stdout)) : new PlainDisplay();
}

class JsonDisplay implements TrainDisplay {
  onEvent(event: RunEvent): void {
    if (event.event === 'warning') warn(event.message);
    else if (event.event !== 'progress') printJson(event);
  }

  stopping(): void {}

  finished(summary: Summary): void {
    printJson({ event: 'summary', ...summary });
  }

  close(): void {}
}

class PlainDisplay implements TrainDisplay {
  #start: RunStart | null = null;

  onEvent(event: RunEvent): void {
    if (event.event === 'start') {
      this.#start = event;
      print(startText(event, outputWidth()));
    } else if (event.event === 'epoch') print(epochText(event, outputWidth()));
    else if (event.event === 'warning') warn(event.message);
  }

  stopping(): void {
    warn('stopping after this step; once more to leave at once');
  }

  finished(summary: Summary): void {
    print(summaryText(summary, this.#start));
  }

  close(): void {}
}

class TerminalDisplay implements TrainDisplay {
  readonly #line: StatusLine;
  #start: RunStart | null = null;
  #pace: Pace | null = null;

  constructor(line: StatusLine) {
    this.#line = line;
    this.#line.show((width) => truncate('reading model and data …', width));
  }

  onEvent(event: RunEvent): void {
    if (event.event === 'start') {
      this.#start = event;
      this.#line.print(startText(event, this.#line.width));
    } else if (event.event === 'progress') {
      this.#pace ??= new Pace(event);
      const secondsLeft = this.#pace.secondsLeft(event);
      const view = { ...event, ...(secondsLeft !== undefined && { secondsLeft }) };
      this.#line.show((width) => renderProgress(view, width));
    } else if (event.event === 'epoch') this.#line.print(epochText(event, this.#line.width));
    else this.#line.print(`warning: ${event.message}`);
  }

  stopping(): void {
    this.#line.print('Stopping after this step; press Ctrl-C again to leave at once.');
  }

  finished(summary: Summary): void {
    this.#line.print(summaryText(summary, this.#start));
  }

  close(): void {
    this.#line.close();
  }
}

function startText(start: RunStart, width: number): string {
  const { name, rows, validationRows, parameters, workers, shards, engine, engineReason, seed } = start;
  const heading = start.resumed ? `${name}: going on after step ${formatCount(start.step)}` : name;
  const data = [
    formatThings(rows, 'training row'),
    formatThings(validationRows, 'validation row'),
    formatThings(parameters, 'parameter'),
  ];
  const plan = [
    formatThings(workers, 'worker'),
    formatThings(shards, 'shard'),
    formatEngine(engine, engineReason),
    `seed ${seed}`,
  ];
  return [heading, wrapParts(data, width), wrapParts(plan, width)].join('\n');
}

function summaryText(summary: Summary, start: RunStart | null): string {
  const { epochs, steps, seconds, loss, metrics, restoredEpoch, out, fingerprint } = summary;
  const next = `${programName()} evaluate ${out} --data ${start?.data ?? 'data.csv'}`;
  return [
    '',
    wrapParts(
      [`Finished ${formatThings(epochs, 'epoch')}`, formatThings(steps, 'step'), formatSeconds(seconds)],
      outputWidth(),
    ),
    wrapParts(formatLogs({ loss, ...metrics }), outputWidth()),
    `model        ${out}/model`,
    ...(restoredEpoch === undefined
      ? []
      : [`of epoch     ${restoredEpoch}, the best; the values above are the last epoch's`]),
    `fingerprint  ${fingerprint.slice(0, 16)}`,
    '',
    'Next:',
    `  ${next}`,
    `  ${next.replace(' evaluate ', ' predict ')} --out predictions.csv`,
  ].join('\n');
}

/** What a run would be, and what its first step gave. */
export function dryRunText(found: DryRun, width: number): string {
  const { rows, validationRows, parameters, workers, shards, engine, engineReason, epochs, logs, seconds } = found;
  const bytes = found.peakMemory.reduce((sum, part) => sum + part.bytes, 0);
  const lines = [
    [
      formatThings(rows, 'training row'),
      formatThings(validationRows, 'validation row'),
      formatThings(parameters, 'parameter'),
    ],
    [formatThings(workers, 'worker'), formatThings(shards, 'shard'), formatEngine(engine, engineReason)],
    [`about ${formatBytes(bytes)} of memory beside the data`],
    ['first step', ...formatLogs(logs), formatSeconds(seconds)],
  ];
  const text = lines.map((parts) => wrapParts(parts, width)).join('\n');
  return `${text}\n\nNothing was written; without --dry-run it trains ${formatThings(epochs, 'epoch')}.`;
}
