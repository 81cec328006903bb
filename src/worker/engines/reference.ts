import { type Kernel, passOfEach } from '../../shared/kernels/pass.js';
import { gather, reduce, referenceKernels, sumOf, update } from '../../shared/kernels/reference/index.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import type { Engine, EngineInput } from './engine.js';

/** The engine in plain TypeScript: runs the program through the reference kernels. */
export function createReferenceEngine({ memory, stages }: EngineInput): Engine {
  return {
    gather: (pass, { column, values }, buffer, order, start) =>
      gather(memory, pass, column, values, buffer, order, start),
    run: (stage, segment, pass) => {
      for (const call of stages[stage][segment]) {
        kernelOf(call)(memory, call.each === undefined ? pass : passOfEach(pass, call.each), call.args);
      }
    },
    reduce: (adds, from, to) => reduce(memory, adds, from, to),
    update: (kernel, call) => update(memory.f32, kernel, call),
    sumOf: (term, offset, length) => sumOf(memory, term, offset, length),
  };
}

/** A call's kernel takes that call's arguments; the compiler cannot follow the pair through the table. */
function kernelOf(call: KernelCall): Kernel<KernelCall['args']> {
  return referenceKernels[call.kernel] as Kernel<KernelCall['args']>;
}
