import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunConfigInput } from '../../src/run/config/schema.js';

/** A folder for runs, with a small dataset in it: two classes that a line separates. */
export async function makeRunFolder(): Promise<{ folder: string; csv: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const csv = join(folder, 'points.csv');
  const rows = Array.from({ length: 40 }, (_, i) => {
    const [a, b] = [Math.sin(3 * i), Math.cos(5 * i)];
    return `${a.toFixed(4)},${b.toFixed(4)},${a > b ? 'above' : 'below'}`;
  });
  await writeFile(csv, `a,b,side\n${rows.join('\n')}\n`);
  return { folder, csv, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A config that trains on those points in a moment. */
export function pointsConfig(csv: string, changes: Partial<RunConfigInput> = {}): RunConfigInput {
  return {
    name: 'points',
    model: {
      layers: [
        { type: 'Dense', units: 4, activation: 'relu', inputShape: [2] },
        { type: 'Dense', units: 1, activation: 'sigmoid' },
      ],
    },
    data: { csv, shuffle: true },
    compile: { optimizer: { name: 'adam', learningRate: 0.02 }, loss: 'binaryCrossentropy', metrics: ['accuracy'] },
    fit: { epochs: 6, batchSize: 7, validationSplit: 0.25 },
    ...changes,
    run: { workers: 2, engine: 'reference', ...changes.run },
  };
}
