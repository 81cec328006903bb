import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { StatusLine } from '../../src/coordinator/callbacks/display/statusLine.js';

/** A terminal that remembers what it was sent. */
class Terminal extends EventEmitter {
  written = '';

  constructor(public columns: number) {
    super();
  }

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  resize(columns: number): void {
    this.columns = columns;
    this.written = '';
    this.emit('resize');
  }
}

function statusLine(columns: number): { terminal: Terminal; line: StatusLine } {
  const terminal = new Terminal(columns);
  return { terminal, line: new StatusLine(terminal) };
}

describe('A status line', () => {
  test('is drawn over itself and clears what a longer one left', () => {
    const { terminal, line } = statusLine(80);
    line.show(() => 'longer');
    line.show(() => 'short');
    assert.equal(terminal.written, '\rlonger\x1b[K\rshort\x1b[K');
  });

  test('is rendered for the width of the moment, with room for the ^C that a terminal echoes', () => {
    const { terminal, line } = statusLine(80);
    const widths: number[] = [];
    line.show((width) => {
      widths.push(width);
      return '';
    });
    terminal.resize(40);
    assert.deepEqual(widths, [77, 37]);
  });

  test('goes up to where it began when a narrower terminal has wrapped it', () => {
    const { terminal, line } = statusLine(80);
    line.show((width) => '='.repeat(width));
    terminal.resize(40);
    assert.equal(terminal.written, `\r\x1b[1A\x1b[J${'='.repeat(37)}\x1b[K`);
  });

  test('makes room for lines that stay', () => {
    const { terminal, line } = statusLine(80);
    line.show(() => 'status');
    terminal.written = '';
    line.print('epoch 1');
    assert.equal(terminal.written, '\r\x1b[Jepoch 1\n');
  });

  test('no longer listens to the terminal once it is closed', () => {
    const { terminal, line } = statusLine(80);
    line.close();
    assert.equal(terminal.listenerCount('resize'), 0);
  });
});
