// Holds what a run leaves for TensorBoard against TensorBoard's own reader: a run that is killed twice, interrupted and resumed has
// every value at its epoch, once.
//
//   node scripts/check-tensorboard.js --python python3      (with `pip install tensorboard`)
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lockstep-board-'));
const run = join(folder, 'run');
const EPOCHS = 60;

const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = {}
for part in ("train", "validation"):
    events = EventAccumulator(f"{sys.argv[1]}/{part}", size_guidance={"scalars": 0})
    events.Reload()
    found[part] = {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
print(json.dumps(found))
`;

/** Trains until the run has so many epochs, then sends the signal; without one, to the end. */
async function train(epochs, signal) {
  const args = [
    'dist/src/cli/main.js',
    'train',
    'examples/digits-mlp.yaml',
    '--out',
    run,
    '--resume',
    '--max-restarts',
    '0',
  ];
  const child = spawn(process.execPath, [...args, '--epochs', String(EPOCHS)], { cwd: root, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && signal !== undefined && linesOf(join(run, 'metrics.jsonl')).length < epochs) await setTimeout(5);
  if (signal !== undefined) child.kill(signal);
  await ended;
}

function linesOf(path) {
  return existsSync(path) && statSync(path).size > 0 ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

try {
  spawnSync(
    process.execPath,
    ['dist/src/cli/main.js', 'train', 'examples/digits-mlp.yaml', '--out', run, '--epochs', '1'],
    {
      cwd: root,
    },
  );
  await train(10, 'SIGKILL');
  await train(25, 'SIGKILL');
  await train(40, 'SIGINT');
  await train(EPOCHS);
  const epochs = linesOf(join(run, 'metrics.jsonl')).map((line) => JSON.parse(line));
  const read = spawnSync(values.python, ['-c', READER, join(run, 'tb')], { encoding: 'utf8' });
  if (read.status !== 0)
    throw new Error(`${values.python} cannot read the events: ${read.stderr.trim().split('\n').at(-1)}`);
  const found = JSON.parse(read.stdout);
  const wrong = ['loss', 'accuracy'].flatMap((name) =>
    [
      ['train', name],
      ['validation', `val_${name}`],
    ].flatMap(([part, key]) => {
      const expected = epochs.map((epoch) => [epoch.epoch - 1, Math.fround(epoch[key])]);
      return JSON.stringify(found[part][`epoch_${name}`]) === JSON.stringify(expected) ? [] : [`${part} epoch_${name}`];
    }),
  );
  console.log(
    `${epochs.length} epochs of ${EPOCHS}; ${Object.keys(found.train).length + Object.keys(found.validation).length} tags`,
  );
  console.log(wrong.length === 0 ? 'every value is at its epoch, once' : `differ: ${wrong.join(', ')}`);
  process.exitCode = wrong.length === 0 && epochs.length === EPOCHS ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
