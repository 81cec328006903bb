import { parentPort, workerData } from 'node:worker_threads';
import type { KernelMemory } from '../../shared/kernels/pass.js';
import { Barrier } from '../../shared/memory/barrier.js';
import { emptyStages } from '../../shared/program/program.js';
import { createNativeEngine } from '../../worker/engines/native.js';
import { createReferenceEngine } from '../../worker/engines/reference.js';
import { copyElements, sliceOfRank } from './plan.js';
import type { TeamStart, TeamWork } from './team.js';

const { rank, plan, engine: name, memory, control, spins } = workerData as TeamStart;
const { elements, parameters, vectors, slabs, repeats } = plan;
const [from, to] = sliceOfRank(plan, rank);
const barrier = new Barrier(new Int32Array(control), plan.ranks, spins);
const adds = Int32Array.from(plan.adds);
const f32 = new Float32Array(memory);

// Pages that nobody has written are all the same one of zeros, and in cache.
for (const slab of [parameters, ...vectors, ...slabs]) f32.fill(1e-3, slab + from, slab + to);
const source = new Float32Array(copyElements(plan)).fill(1);
const target = new Float32Array(source.length).fill(2);

const kernelMemory: KernelMemory = {
  ...{ f32, f64: new Float64Array(memory), i32: new Int32Array(memory) },
  ...{ parameters, sums: 0, sumCount: 0, seed: [0, 0] },
};
const input = {
  memory: kernelMemory,
  stages: emptyStages,
  batchCapacity: 1,
  passCapacity: 1,
  passShards: 1,
  slabLength: elements,
  vectorLength: elements,
};
const engine = name === 'native' ? createNativeEngine(input) : createReferenceEngine(input);
const update = {
  ...{ parameters, gradient: slabs[0], vectors: [...vectors, -1], from, to },
  ...{ gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0, scalars: [1e-6, 0.9, 0.999, 1e-7] },
};

const works: Readonly<Record<TeamWork, () => void>> = {
  reduce() {
    engine.reduce(adds, from, to);
    engine.update('adam', update);
  },
  copy: () => target.set(source),
};

parentPort?.on('message', (work: TeamWork) => {
  barrier.wait();
  const began = performance.now();
  for (let i = 0; i < repeats; i++) {
    works[work]();
    barrier.wait();
  }
  parentPort?.postMessage((performance.now() - began) / 1000);
});
parentPort?.postMessage('ready');
