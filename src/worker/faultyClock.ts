import type { Phase } from '../shared/memory/control.js';
import { type FaultKind, FaultPlan } from '../shared/protocol/faults.js';
import type { RankStart } from '../shared/protocol/messages.js';
import { Clock } from './clock.js';

/** A clock that lets the faults of a plan happen as the rank leaves a phase; only tests have one. */
export class FaultyClock extends Clock {
  readonly #start: RankStart;
  readonly #plan: FaultPlan;

  constructor(line: Int32Array, clocks: Float64Array | null, start: RankStart, faults: SharedArrayBuffer) {
    super(line, clocks);
    this.#start = start;
    this.#plan = new FaultPlan(faults);
  }

  override enter(phase: Phase): void {
    const fault = this.#plan.take(this.#start.rank, this.step, this.phase);
    if (fault !== null) this.#happen(fault);
    super.enter(phase);
  }

  #happen(fault: FaultKind): void {
    if (fault === 'terminate') this.#start.port.postMessage({ type: 'terminateMe' });
    happen(fault);
  }
}

/** Lets a fault happen to this thread; who terminates it is somebody else, so it waits for that. */
export function happen(fault: FaultKind): void {
  if (fault === 'throw') throw new Error('an injected fault');
  if (fault === 'exit') process.exit(7);
  if (fault === 'exhaustHeap') exhaustHeap();
  sleepForEver();
}

function sleepForEver(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function exhaustHeap(): void {
  const hoard: number[][] = [];
  for (;;) hoard.push(new Array(100_000).fill(hoard.length));
}
