import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderConfusions } from '../../src/cli/confusion.js';

const names = ['cat', 'dog', 'bird'];
const matrix = [
  [95, 3, 2],
  [0, 1200, 0],
  [4, 0, 6],
];

describe('A confusion matrix', () => {
  test('is a table with a row a class and a column a prediction', () => {
    assert.deepEqual(renderConfusions(matrix, names, 80).split('\n'), [
      'class \\ predicted  cat    dog  bird',
      'cat                 95      3     2',
      'dog                  ·  1,200     ·',
      'bird                 4      ·     6',
    ]);
  });

  test('on a narrow terminal is a line of mistakes a class, the most frequent first', () => {
    assert.deepEqual(renderConfusions(matrix, names, 34).split('\n'), [
      'cat: 95 of 100 right  3 as dog',
      '  2 as bird',
      'dog: 1,200 of 1,200 right',
      'bird: 6 of 10 right  4 as cat',
    ]);
  });
});
