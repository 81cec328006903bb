import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { adam, type Callback, Trainer } from '../../src/index.js';
import type { Phase } from '../../src/shared/memory/control.js';
import type { Fault, FaultKind } from '../../src/shared/protocol/faults.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../helpers/faults.js';
import { type Case, cases, dataFor, dropoutCase } from '../helpers/models.js';

/** Law 3: faults do not matter, as far as one process goes. */

const [dense] = cases;
const normalized = cases.find(({ layers }) => layers.some(({ type }) => type === 'BatchNormalization')) as Case;

/** Rounds of faults of each kind that every model goes through; a stall takes its time to be noticed. */
const rounds: Readonly<Record<FaultKind, number>> = { throw: 11, exit: 8, terminate: 8, exhaustHeap: 4, stall: 4 };
const FAULTS_A_ROUND = 3;
const workerCounts = [1, 2, 3, 5];

// 42 training rows in batches of 16, the last one ragged; two epochs of three steps, each with a validation pass.
const ROWS = 53;
const STEPS = 6;
const fit = { epochs: 2, batchSize: 16, validationSplit: 0.2 };

const phasesOf = (given: Case, kind: FaultKind): Phase[] => [
  ...(['gather', 'forward', 'backward', 'wait', 'reduce', 'update', 'snapshot', 'output', 'copy'] as const),
  ...(given === normalized ? (['sync'] as const) : []),
  // Nobody terminates the thread that writes checkpoints, unless it stalls.
  ...(kind === 'terminate' ? [] : (['write'] as const)),
];

/** In these a fault happens whenever they come: they do not belong to a step, or not to one that is known. */
const stepless: readonly Phase[] = ['snapshot', 'output', 'copy', 'write'];

/** Faults of a kind, anywhere in the next two epochs and the prediction after them; every phase has its turn. */
function chooseFaults(choices: Choices, kind: FaultKind, given: Case, workers: number, before: Before): Fault[] {
  const phases = phasesOf(given, kind);
  return Array.from({ length: FAULTS_A_ROUND }, (_, i) => {
    const phase = phases[(before.round * FAULTS_A_ROUND + i) % phases.length];
    const at = stepless.includes(phase) ? {} : { step: before.step + choices.below(STEPS) };
    return { kind, rank: phase === 'write' ? 0 : choices.below(workers), phase, ...at };
  });
}

interface Before {
  readonly round: number;
  readonly step: number;
}

/** Two epochs and a prediction: everything a run shows. */
async function go(trainer: Trainer, given: Case, callbacks: readonly Callback[] = []) {
  const { history } = await trainer.fit(dataFor(given, ROWS), { ...fit, callbacks });
  const { values } = await trainer.predict(dataFor(given, 11, 2), { batchSize: 4 });
  const logs = await trainer.evaluate(dataFor(given, 19, 3), { batchSize: 8 });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history, predictions: [...values], logs };
}

describe('Law 3: a run whose ranks throw, exit, are terminated, exhaust their heap or stall has the same bits', () => {
  let happened = 0;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Checkpoints in the middle of an epoch, and at its end. */
  const checkpointing = (): Callback => ({
    pauseEvery: 2,
    onPause: (control) => control.checkpoint(join(folder, 'pause.ckpt')),
    onEpochEnd: (_epoch, _logs, control) => control.checkpoint(join(folder, 'epoch.ckpt')),
  });

  for (const [number, given] of [dense, dropoutCase, normalized].entries()) {
    for (const kind of Object.keys(rounds) as FaultKind[]) {
      test(`${given.title}: ${kind}`, { timeout: 60_000 }, async () => {
        const choices = new Choices(100 + number);
        const plan = new FaultPlan();
        const options = {
          optimizer: adam({ learningRate: 0.01, decay: 1e-3, amsgrad: true }),
          loss: given.loss,
          metrics: given.metrics,
          seed: 5,
          maxRestarts: 20,
          onEvent: () => {},
          // On a busy machine a rank that only starts may look stalled; replacing it changes nothing either.
          ...(kind === 'stall' && { stallLimit: 0.4 }),
        };
        const snapshotInterval = new RandomSnapshots(choices);
        await using calm = await Trainer.create(given.layers, { ...options, workers: 1 });
        await using shaken = await Trainer.create(given.layers, faultyOptions(options, plan, snapshotInterval));
        for (let round = 0; round < rounds[kind]; round++) {
          const workers = choices.of(workerCounts);
          if (workers !== shaken.workers) await shaken.resize(workers);
          const faults = chooseFaults(choices, kind, given, workers, { round, step: shaken.step });
          plan.arm(faults);
          const story = JSON.stringify({ workers, faults });
          assert.deepEqual(await go(shaken, given, [checkpointing()]), await go(calm, given), story);
          happened += faults.length - plan.pending;
        }
      });
    }
  }

  test('these were more than two hundred faults', (t) => {
    t.diagnostic(`${happened} faults`);
    assert.ok(happened > 200, `${happened} faults`);
  });
});
