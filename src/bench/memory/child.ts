/**
 * A process that trains one model and says how much memory it had at most:
 *
 *   node child.js '{"layers": […], "loss": "…", "batchSize": 256, "workers": 2, "engine": "auto"}'
 */
import { readFileSync } from 'node:fs';
import { syntheticData } from '../data.js';
import { LockstepRunner } from '../lockstepRunner.js';
import type { Workload } from '../workloads.js';
import type { MemoryAnswer, MemoryCase } from './memory.js';

/** Enough passes that both places for snapshots have been written. */
const ROUNDS = 3;

const { workload, workers, engine } = JSON.parse(process.argv[2]) as MemoryCase & { readonly workload: Workload };
const data = syntheticData(workload);
const shards = Math.max(8, workers);
const runner = await LockstepRunner.create(workload, data, { workers, shards, engine });
for (let round = 0; round < ROUNDS; round++) await runner.round();
const { peakMemory, parameters } = runner.trainer.describe({ batchSize: workload.batchSize });
const answer: MemoryAnswer = {
  peak: peakOfProcess(),
  data: data.x.values.byteLength + data.y.values.byteLength,
  parameters,
  predicted: peakMemory.reduce((sum, { bytes }) => sum + bytes, 0),
  parts: peakMemory,
};
await runner.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);

/** The most bytes that were resident at once, as Linux counts them. */
function peakOfProcess(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
