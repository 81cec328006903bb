import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  firstShardOf,
  leftShards,
  maximalSubtrees,
  shardStart,
  shardsOf,
  type TreeNode,
  treeSum,
} from '../../../src/shared/partition/tree.js';

const counts = fc.integer({ min: 1, max: 70 });

/** All nodes of the tree over shards [first, first + count). */
function nodesOf(first: number, count: number): TreeNode[] {
  if (count === 1) return [{ first, count }];
  let left = 1;
  while (left * 2 < count) left *= 2;
  return [{ first, count }, ...nodesOf(first, left), ...nodesOf(first + left, count - left)];
}

const rankRanges = (shards: number, workers: number): [number, number][] =>
  Array.from({ length: workers }, (_, rank) => [
    firstShardOf(rank, workers, shards),
    firstShardOf(rank + 1, workers, shards),
  ]);

describe('shards', () => {
  test('rows are cut into contiguous shards, as evenly as possible, the first ones taking one more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), counts, (rows, wanted) => {
        const shards = shardsOf(rows, wanted);
        const starts = Array.from({ length: shards + 1 }, (_, s) => shardStart(rows, shards, s));
        const sizes = starts.slice(1).map((start, s) => start - starts[s]);
        assert.equal(starts[0], 0);
        assert.equal(starts[shards], rows);
        assert.ok(Math.min(...sizes) >= 1 && Math.max(...sizes) - Math.min(...sizes) <= 1);
        assert.deepEqual(
          [...sizes].sort((a, b) => b - a),
          sizes,
        );
      }),
    );
  });
});

describe('the tree', () => {
  test('the left child has the largest power of two of shards that is below the count', () => {
    const expected = [1, 2, 2, 4, 4, 4, 4, 8, 8];
    assert.deepEqual(
      expected.map((_, i) => leftShards(i + 2)),
      expected,
    );
  });

  test('a sum adds the shards in the order of the tree', () => {
    const v = [1e16, 1, -1e16, 1, 3e-9, 7, -7, 1 / 3];
    const byHand = [
      v[0],
      v[0] + v[1],
      v[0] + v[1] + v[2],
      v[0] + v[1] + (v[2] + v[3]),
      v[0] + v[1] + (v[2] + v[3]) + v[4],
      v[0] + v[1] + (v[2] + v[3]) + (v[4] + v[5]),
      v[0] + v[1] + (v[2] + v[3]) + (v[4] + v[5] + v[6]),
      v[0] + v[1] + (v[2] + v[3]) + (v[4] + v[5] + (v[6] + v[7])),
    ];
    byHand.forEach((sum, i) => {
      assert.equal(
        treeSum({ first: 0, count: i + 1 }, (s) => v[s]),
        sum,
      );
    });
    assert.equal(
      treeSum({ first: 3, count: 0 }, () => Number.NaN),
      0,
    );
  });

  test('what the ranks publish are nodes of the one tree, disjoint, and cover every shard once', () => {
    fc.assert(
      fc.property(counts, counts, (shards, workers) => {
        const published = rankRanges(shards, workers).flatMap(([from, to]) => maximalSubtrees(shards, from, to));
        const nodes = new Set(nodesOf(0, shards).map(({ first, count }) => `${first}+${count}`));
        let next = 0;
        for (const { first, count } of published) {
          assert.ok(nodes.has(`${first}+${count}`));
          assert.equal(first, next);
          next += count;
        }
        assert.equal(next, shards);
      }),
    );
  });

  test('a rank publishes no node whose parent it owns', () => {
    fc.assert(
      fc.property(counts, counts, (shards, workers) => {
        for (const [from, to] of rankRanges(shards, workers)) {
          const published = maximalSubtrees(shards, from, to);
          const owned = nodesOf(0, shards).filter(({ first, count }) => first >= from && first + count <= to);
          const maximal = owned.filter(
            (node) =>
              !owned.some(
                (other) =>
                  other.count > node.count &&
                  other.first <= node.first &&
                  node.first + node.count <= other.first + other.count,
              ),
          );
          assert.deepEqual(published, maximal);
        }
      }),
    );
  });

  test('adding published nodes along the tree gives the bits of adding the shards', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, counts, (leaves, workers) => {
        const shards = leaves.length;
        const sums = new Map(
          rankRanges(shards, workers)
            .flatMap(([from, to]) => maximalSubtrees(shards, from, to))
            .map((node) => [`${node.first}+${node.count}`, treeSum(node, (s) => leaves[s])]),
        );
        const combine = (first: number, count: number): number => {
          const sum = sums.get(`${first}+${count}`);
          if (sum !== undefined) return sum;
          const left = leftShards(count);
          return combine(first, left) + combine(first + left, count - left);
        };
        assert.ok(
          Object.is(
            combine(0, shards),
            treeSum({ first: 0, count: shards }, (s) => leaves[s]),
          ),
        );
      }),
    );
  });
});
