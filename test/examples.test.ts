import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../src/shared/packageRoot.js';

/** Every example runs to its end, those that can for an epoch only. */

const root = packageRoot(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-examples-'));
after(() => rm(folder, { recursive: true, force: true }));

/** What makes a program short, and the pictures that it writes. */
const programs: Readonly<Record<string, { readonly args: readonly string[]; readonly writes?: string }>> = {
  'autoencoder.ts': { args: [folder, '1'], writes: 'digits.png' },
  'custom-layer.ts': { args: ['--epochs', '1'] },
  'gan.ts': { args: [folder, '1'], writes: 'epoch-001.png' },
  'transformer.ts': { args: ['1'] },
  'vae.ts': { args: ['1'] },
};

/** What the trainings of examples/tfjs share. */
const parts = ['tf.ts', 'digits.ts', 'cartPole.ts'];

/** The program's output; rejects with its last words where it does not end well. */
async function run(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout;
}

describe('Examples run', () => {
  const files = readdirSync(join(root, 'examples'));

  for (const file of files.filter((name) => name.endsWith('.yaml'))) {
    test(file, async () => {
      const out = join(folder, file);
      const args = ['train', join('examples', file), '--epochs', '1', '--out', out, '--json'];
      const lines = (await run(join(root, 'dist/src/cli/main.js'), ...args)).trim().split('\n');
      assert.equal(JSON.parse(lines[lines.length - 1]).epochs, 1);
    });
  }

  // png.ts is what others draw with.
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== 'png.ts')) {
    test(file, async () => {
      const { args, writes } = programs[file] ?? { args: [] };
      assert.notEqual(await run('--import', 'tsx', join('examples', file), ...args), '');
      if (writes !== undefined) assert.ok((await stat(join(folder, writes))).size > 0);
    });
  }

  for (const file of readdirSync(join(root, 'examples/tfjs')).filter((name) => !parts.includes(name))) {
    test(`tfjs/${file}`, async () => {
      assert.notEqual(await run(join('dist/examples/tfjs', file.replace(/ts$/, 'js'))), '');
    });
  }

  test('and TensorFlow.js itself trains to the same weights without the line that names Lockstep', async () => {
    const table = await run('scripts/compare-tfjs.js', '--examples', 'table,policy,vae,acgan');
    assert.equal(table.trim().split('\n').length, 6, table);
  });
});
