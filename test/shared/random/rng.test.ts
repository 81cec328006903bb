import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Draws,
  type Purpose,
  philox,
  purposes,
  type Seed,
  seedHalves,
  streamOf,
  uniform,
} from '../../../src/shared/random/rng.js';

/** The known-answer vectors of Random123's kat_vectors for philox4x32 with 10 rounds. */
const knownAnswers: readonly {
  readonly counter: readonly [number, number, number, number];
  readonly key: Seed;
  readonly words: readonly number[];
}[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe('the counter-based generator', () => {
  test('Philox4x32-10 gives the published known answers', () => {
    for (const { counter, key, words } of knownAnswers) {
      const out = new Uint32Array(4);
      philox(key, ...counter, out);
      assert.deepEqual([...out], words);
    }
  });

  test('a draw depends on its element alone, not on the draws before it', () => {
    const inOrder = new Draws([1, 2]).at('dropout', 3, 4, 5);
    const words = Array.from({ length: 64 }, (_, e) => inOrder.word(e));
    const jumping = new Draws([1, 2]).at('dropout', 3, 4, 5);
    for (const e of [63, 0, 17, 16, 62, 17]) assert.equal(jumping.word(e), words[e]);
  });

  test('seed, purpose, layer, step and position each change the draws', () => {
    const wordOf = (seed: readonly [number, number], purpose: Purpose, layer: number, step: number, position: number) =>
      new Draws(seed).at(purpose, layer, step, position).word(0);
    const words = [
      wordOf([1, 0], 'dropout', 0, 0, 0),
      wordOf([0, 1], 'dropout', 0, 0, 0),
      wordOf([1, 0], 'shuffle', 0, 0, 0),
      wordOf([1, 0], 'dropout', 1, 0, 0),
      wordOf([1, 0], 'dropout', 0, 1, 0),
      wordOf([1, 0], 'dropout', 0, 0, 1),
    ];
    assert.equal(new Set(words).size, words.length);
  });

  test('a stream names one purpose and one layer', () => {
    const names = Object.keys(purposes) as Purpose[];
    const streams = names.flatMap((purpose) => [0, 1, 2, 255].map((layer) => streamOf(purpose, layer)));
    assert.equal(new Set(streams).size, streams.length);
  });

  test('a uniform is in [0, 1) and exact in float32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (word) => {
        const u = uniform(word);
        assert.ok(u >= 0 && u < 1);
        assert.equal(Math.fround(u), u);
      }),
    );
  });

  test('the halves of a seed are unsigned and give it back', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (seed) => {
        const [low, high] = seedHalves(seed);
        assert.equal(low + high * 2 ** 32, seed);
        assert.ok(low >= 0 && low < 2 ** 32 && high >= 0);
      }),
    );
  });
});
