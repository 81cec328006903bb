import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StallWatch, type Watched } from '../../../src/coordinator/ranks/stallWatch.js';
import type { Phase } from '../../../src/shared/memory/control.js';

interface Dummy extends Watched {
  phase: Phase;
  pulse: number;
  owes: boolean;
  condemned: boolean;
}

const rankIn = (rank: number, phase: Phase): Dummy => ({
  rank,
  phase,
  step: 3,
  pulse: 1,
  owes: true,
  condemned: false,
  began: true,
});

/** A watch over these ranks with a limit of 1 s, and what it says; nobody does anything about it. */
function watch(ranks: readonly Dummy[]) {
  const said: string[] = [];
  const watch = new StallWatch<Dummy>(Number.POSITIVE_INFINITY, () => ranks, {
    slow: ({ rank, step, phase }) => said.push(`${rank} slow in ${phase} of ${step}`),
    stalled: (member) => {
      member.condemned = true;
      said.push(`${member.rank} stalled`);
    },
    deadlocked: () => said.push('deadlocked'),
    stuck: (member) => {
      member.owes = false;
      said.push(`${member.rank} stuck`);
    },
  });
  const look = (times: number): void => {
    for (let i = 0; i < times; i++) watch.look();
  };
  return { look, said };
}

test('a rank is called slow after half the limit, stalled after it, and stuck when it is not gone after another', () => {
  const { look, said } = watch([rankIn(0, 'wait'), rankIn(1, 'backward')]);
  look(5);
  assert.deepEqual(said, []);
  look(1);
  assert.deepEqual(said, ['1 slow in backward of 3']);
  look(5);
  assert.deepEqual(said.slice(1), ['1 stalled']);
  look(10);
  assert.deepEqual(said.slice(2, 3), ['1 stuck']);
});

test('a rank that gets on is never slow, however long the step', () => {
  const rank = rankIn(0, 'forward');
  const { look, said } = watch([rank]);
  for (let i = 0; i < 20; i++) {
    look(4);
    rank.pulse++;
  }
  assert.deepEqual(said, []);
});

test('ranks that owe nothing are left alone', () => {
  const { look, said } = watch([{ ...rankIn(0, 'idle'), owes: false }]);
  look(50);
  assert.deepEqual(said, []);
});

test('ranks that all wait are freed, and one that stays at the barrier is stalled', () => {
  const ranks = [rankIn(0, 'wait'), rankIn(1, 'sync')];
  const { look, said } = watch(ranks);
  look(11);
  assert.deepEqual(new Set(said.filter((what) => !what.includes('slow'))), new Set(['deadlocked']));
  ranks[0].owes = false;
  look(3);
  assert.equal(said.at(-1), '1 stalled');
});

test('a rank whose thread never began is given up', () => {
  const { look, said } = watch([{ ...rankIn(0, 'attach'), began: false }]);
  look(21);
  assert.deepEqual(said, ['0 slow in attach of 3', '0 stalled', '0 stuck']);
});
