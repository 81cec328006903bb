import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pace } from '../../src/coordinator/callbacks/display/epochs.js';
import { renderTable, truncate, wrapParts } from '../../src/coordinator/callbacks/display/lines.js';
import { type ProgressView, renderProgress } from '../../src/coordinator/callbacks/display/progressLine.js';

const view: ProgressView = {
  epoch: 3,
  epochs: 30,
  batch: 12,
  stepsPerEpoch: 45,
  samplesPerSecond: 12_345,
  logs: { loss: 0.1234, accuracy: 0.9712 },
  secondsLeft: 42,
};

describe('The progress line', () => {
  const table: [number, string][] = [
    [
      120,
      'epoch 3/30 [=======>                      ] 12/45  loss 0.1234  accuracy 0.9712  12.3k samples/s  0:42 left',
    ],
    [100, 'epoch 3/30 [=====>                 ] 12/45  loss 0.1234  accuracy 0.9712  12.3k samples/s  0:42 left'],
    [80, 'epoch 3/30 [====>               ] 12/45  loss 0.1234  accuracy 0.9712  0:42 left'],
    [60, 'epoch 3/30 [====>            ] 12/45  loss 0.1234  0:42 left'],
    [40, 'epoch 3/30 [=>      ] 12/45  loss 0.1234'],
    [30, '3/30 [=>    ] 12/45  0:42 left'],
    [12, '3/30 12/45'],
    [8, '3/30 12…'],
  ];
  for (const [width, expected] of table) {
    test(`at ${width} columns drops what matters least`, () => {
      assert.equal(renderProgress(view, width), expected);
    });
  }

  test('never exceeds its width, however long its parts and wherever the run stands', () => {
    for (let width = 1; width <= 140; width++) {
      for (const batch of [0, 1, 44, 45]) {
        const logs = { loss: 1.5e9, accuracy: 0, a_metric_with_a_long_name: -1e-7, val_loss: Number.NaN };
        const line = renderProgress({ ...view, batch, epoch: 100, epochs: 100_000, logs, secondsLeft: 1e6 }, width);
        assert.ok(line.length <= width, `${line.length} at ${width}: ${line}`);
        assert.doesNotMatch(line, /\n/);
      }
    }
  });

  test('does without the time left until it is known', () => {
    const { secondsLeft: _, ...early } = view;
    assert.doesNotMatch(renderProgress(early, 120), /left/);
  });

  test('shows a full bar at the end of an epoch and an empty one at its start', () => {
    assert.match(renderProgress({ ...view, batch: 45 }, 60), /\[=+\] 45\/45/);
    assert.match(renderProgress({ ...view, batch: 0 }, 60), /\[ +\] {2}0\/45/);
  });
});

test('A line of an epoch whose steps are not known tells those that are done', () => {
  const { secondsLeft: _, ...early } = view;
  const open = { ...early, stepsPerEpoch: Number.POSITIVE_INFINITY };
  const line = 'epoch 3/30  step 12  loss 0.1234  accuracy 0.9712  12.3k samples/s';
  assert.equal(renderProgress(open, 80), line);
  assert.equal(new Pace(open).secondsLeft({ ...open, batch: 20 }), undefined);
});

describe('Text', () => {
  test('wraps between parts and indents what follows', () => {
    assert.equal(wrapParts(['epoch 1/2', 'loss 0.5', 'accuracy 0.25'], 20), 'epoch 1/2  loss 0.5\n  accuracy 0.25');
    assert.equal(wrapParts(['a', 'b'], 80), 'a  b');
  });

  test('is cut with an ellipsis', () => {
    assert.deepEqual([truncate('abcdef', 6), truncate('abcdef', 4), truncate('abc', 0)], ['abcdef', 'abc…', '']);
  });

  test('in a table aligns, and the widest column gives way', () => {
    const columns = [{ title: 'layer' }, { title: 'size', align: 'right' }] as const;
    const rows = [
      ['a_layer_with_a_long_name', '12'],
      ['b', '3'],
    ];
    assert.equal(
      renderTable(columns, rows, 20),
      ['layer           size', 'a_layer_with_…    12', 'b                  3'].join('\n'),
    );
  });
});
