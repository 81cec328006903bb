import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { userError } from '../../src/shared/errors.js';
import { plainText } from '../../src/shared/plainText.js';

const [ESC, BEL, CSI, RLO] = ['\u001b', '\u0007', '\u009b', '\u202e'];

describe('What a file holds reaches a terminal without what a terminal obeys', () => {
  const table: [what: string, given: string, shown: string][] = [
    ['the title of a window', `${ESC}]0;title${BEL}name`, '\\u001b]0;title\\u0007name'],
    ['a colour', `${ESC}[31mred`, '\\u001b[31mred'],
    ['a sequence of one character', `${CSI}2Jgone`, '\\u009b2Jgone'],
    ['a carriage return', 'true\rfalse', 'true\\u000dfalse'],
    ['a backspace, delete and zero', 'a\bb\u007fc\0', 'a\\u0008b\\u007fc\\u0000'],
    ['another direction', `csv.${RLO}exe`, 'csv.\\u202eexe'],
    ['letters, line ends and tabs stay', 'naïve 漢字 👩‍💻\n\tx', 'naïve 漢字 👩‍💻\n\tx'],
  ];
  for (const [what, given, shown] of table) {
    test(what, () => {
      assert.equal(plainText(given), shown);
      assert.equal(userError('CODE', given).message, shown, 'in an error as well');
    });
  }

  const cells: [what: string, cell: string][] = [
    ['a number of 5 MB', '1'.repeat(5e6)],
    ['words of 5 MB', 'word '.repeat(1e6)],
    ['5 MB of control characters', ESC.repeat(5e6)],
  ];
  for (const [what, cell] of cells) {
    test(`${what} is cut short within a sentence that keeps its beginning and its end`, () => {
      const { message } = userError('CODE', `points.csv, row 2: "${cell}" is no number; mend the cell.`);
      assert.ok(message.length < 10_000, `${message.length} letters`);
      assert.match(message, /^points\.csv, row 2: /);
      assert.match(message, /….*mend the cell\.$/);
    });
  }
});
