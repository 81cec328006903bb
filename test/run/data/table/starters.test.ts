import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { evaluateRows } from '../../../../src/run/data/batched.js';
import { init } from '../../../../src/run/starter/init.js';
import { train } from '../../../../src/run/train.js';
import { labelledRowsFor, openTrained } from '../../../../src/run/trained.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';
import { makeFolder } from './tables.js';

/** Tables that pandas and pyarrow wrote, with what scikit-learn reaches on further rows of each (starters/make.py). */
const starters = join(packageRoot(import.meta.url), 'test/run/data/table/starters');
const scores: Record<string, { score: number; of: string }> = JSON.parse(
  readFileSync(join(starters, 'scores.json'), 'utf8'),
);

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder();
});
after(() => folder.remove());

/** How much worse it may be: three points of a hundred. */
const LESS = 0.03;

describe('What init writes trains as it is, about as well as a scikit-learn pipeline that was written for the table', () => {
  for (const [name, { score, of }] of Object.entries(scores)) {
    test(`${name}: ${of} ${score} there`, async () => {
      const config = await init(join(starters, name), { out: join(folder.path, `${name}.yaml`) });
      const { out } = await train(config, {
        overrides: [
          { path: 'run.out', value: join(folder.path, name), from: 'test' },
          { path: 'run.workers', value: 1, from: 'test' },
        ],
      });
      const trained = await openTrained(out, { workers: 1 });
      await using trainer = trained.trainer;
      const judged = await evaluateRows(
        trainer,
        await labelledRowsFor(trained, join(starters, name.replace('.', '-test.'))),
        256,
      );
      const reached = of === 'R2' ? judged.r2Score : judged.accuracy;
      assert.ok(reached >= score - LESS, `${of} ${reached.toFixed(3)}, there ${score}`);
    });
  }
});
