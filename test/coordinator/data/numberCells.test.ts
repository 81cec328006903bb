import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatsFor, isMissing, type NumberFormat, numberReader } from '../../../src/coordinator/data/numberCells.js';

const european: NumberFormat = { decimal: ',', thousands: '.' };
const comma: NumberFormat = { decimal: ',' };
const grouped: NumberFormat = { thousands: ',' };

/** Cells and the numbers that pandas 3.0.6 (`read_csv` with these `decimal` and `thousands`) makes of them. */
const numbers: readonly [NumberFormat, string, number][] = [
  [{}, '1', 1],
  [{}, '-2.5', -2.5],
  [{}, '+3', 3],
  [{}, '.5', 0.5],
  [{}, '-.25', -0.25],
  [{}, '7.', 7],
  [{}, '1e3', 1000],
  [{}, '1E-3', 0.001],
  [{}, '2.5e+2', 250],
  [{}, ' 4 ', 4],
  [{}, '0017', 17],
  [{}, '1e-46', 1e-46],
  [comma, '1,5', 1.5],
  [comma, '-0,25', -0.25],
  [comma, '1,5e2', 150],
  [comma, '7', 7],
  [grouped, '1,234', 1234],
  [grouped, '1,234,567.5', 1_234_567.5],
  [grouped, '12,34,567', 1_234_567],
  [grouped, '-1,000e2', -100_000],
  [grouped, '1234', 1234],
  [european, '1.234,5', 1234.5],
  [european, '1.234.567', 1_234_567],
  [european, '0,75', 0.75],
  [{ thousands: ' ' }, '1 234 567.25', 1_234_567.25],
  [{ thousands: ' ' }, '1\u00a0234', 1234],
  [{ thousands: ' ' }, '1\u202f234', 1234],
  [{ thousands: "'" }, "1'234'567.5", 1_234_567.5],
  [{ thousands: '_' }, '1_234', 1234],
];

/** Cells that pandas leaves as texts, and, behind the line, those that it reads though a mark stands where none belongs. */
const others: readonly [NumberFormat, string][] = [
  ...['', ' ', '0x1F', '0b11', '0o17', '1_000', '1e', 'e5', '--1', '1.2.3', '1,5', '1 000', '١', '½', '1d3'].map(
    (cell): [NumberFormat, string] => [{}, cell],
  ),
  ...['$5', '5%', '(3)', '.', '-', '0x', '1n', 'NaN', 'Infinity', '\u22121'].map((cell): [NumberFormat, string] => [
    {},
    cell,
  ]),
  [comma, '1.5'],
  [grouped, ',123'],
  [grouped, '1.5,000'],
  // -----
  [grouped, '1,23'],
  [grouped, '1,,234'],
  [grouped, '1,234,'],
  [european, '1.5'],
];

describe('A cell is a number', () => {
  for (const [format, cell, value] of numbers) {
    test(`${JSON.stringify(cell)} as ${JSON.stringify(format)}`, () => assert.equal(numberReader(format)(cell), value));
  }
});

describe('A cell is no number', () => {
  for (const [format, cell] of others) {
    test(`${JSON.stringify(cell)} as ${JSON.stringify(format)}`, () =>
      assert.equal(numberReader(format)(cell), Number.NaN));
  }

  test('and is told so in time like its length', () => {
    const long = '1'.repeat(2 ** 20);
    const groups = '1,'.repeat(2 ** 19);
    const began = process.cpuUsage();
    for (const cell of [`${long}x`, `${groups}x`, `${long},`, `0.${long}x`, `1e${long}x`]) {
      for (const format of [{}, grouped, european]) numberReader(format)(cell);
    }
    const { user } = process.cpuUsage(began);
    assert.ok(user < 1e6, `${user} µs`);
  });
});

test('The options that would make a number of a cell are named', () => {
  assert.equal(formatsFor('1,5'), 'data.decimal to ","');
  assert.equal(formatsFor('1,234'), 'data.decimal to ",", or data.thousands to ","');
  assert.equal(formatsFor('1.234,5'), 'data.decimal to "," and data.thousands to "."');
  assert.equal(formatsFor('1 234'), 'data.thousands to " "');
  assert.equal(formatsFor('1,234.5'), 'data.thousands to ","');
  assert.equal(formatsFor('0x1F'), '');
  assert.equal(formatsFor('word'), '');
});

test('A cell that is left blank, or says so, is missing', () => {
  for (const cell of ['', ' ', '\t', 'NaN', 'NA', ' n/a ', 'null', 'None', '?', '-']) assert.ok(isMissing(cell), cell);
  for (const cell of ['0', 'no', '--', 'x']) assert.ok(!isMissing(cell), cell);
});
