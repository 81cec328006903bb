import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestTo } from '../../../src/coordinator/options/suggestion.js';

test('A name is suggested only where it may have been meant', () => {
  const known = ['epochs', 'batchSize', 'shuffle', 'age', 'weight'];
  const table: [given: string, nearest: string | null][] = [
    ['epoch', 'epochs'],
    ['batchsize', 'batchSize'],
    ['shufle', 'shuffle'],
    ['ages', 'age'],
    ['nothing like it', null],
    ['x'.repeat(40), null],
    ['7', null],
  ];
  for (const [given, nearest] of table) assert.equal(nearestTo(given, known), nearest, given);
  assert.equal(nearestTo('any', []), null);
});
