import { fault } from '../../shared/errors.js';
import { sumTerms } from '../../shared/kernels/updateCall.js';
import { findAddon, type InstructionSet, type NativeAddon, type NativeHandle } from '../../shared/native/addon.js';
import { programArguments } from '../../shared/native/attach.js';
import { PassEncoder, stageNumbers, updateNumbers } from '../../shared/native/encode.js';
import type { StageName } from '../../shared/program/program.js';
import type { Engine, EngineInput } from './engine.js';

export interface NativeOptions {
  /** The build of the kernels; the environment variable LOCKSTEP_ISA stands in, then the best one the processor has. */
  readonly isa?: InstructionSet;
  /** Whether to time every call; see `timings`. */
  readonly timed?: boolean;
}

/** The native engine; `timings` has the nanoseconds of each call of a stage since it was made. */
export interface NativeEngine extends Engine {
  timings(stage: StageName): number[];
}

/** The engine in C++: hands the program to the addon once, then only says which stage and which pass. */
export function createNativeEngine(input: EngineInput, options: NativeOptions = {}): NativeEngine {
  const { addon, handle } = attach(input, options);
  const passes = new PassEncoder();
  return {
    gather: (pass, { column, values }, buffer, order, start) => {
      if (pass.rows === 0) return;
      addon.gather(handle, values, column.size, column.scale, buffer, order, start, pass.firstRow, pass.rows);
    },
    run: (stage, segment, pass) => addon.run(handle, stageNumbers[stage], segment, passes.encode(pass)),
    reduce: (adds, from, to) => addon.reduce(handle, adds, from, to),
    update: updater(addon, handle),
    sumOf: (term, offset, length) => addon.sumOf(handle, sumTerms.indexOf(term), offset, length),
    timings: (stage) => addon.timings(handle, stageNumbers[stage]),
    dispose: () => addon.detach(handle),
  };
}

function attach(input: EngineInput, options: NativeOptions): { addon: NativeAddon; handle: NativeHandle } {
  const found = findAddon();
  if (found.addon === null) throw fault('NATIVE_MISSING', `The native engine cannot start: ${found.reason}.`);
  const { addon } = found;
  const program = programArguments(addon, input, options.isa);
  return { addon, handle: addon.attach(input.memory.f32, ...program, options.timed ?? false) };
}

/** Places, treatment of the gradient, vectors, then scalars: as `readUpdate` of native/src/updates.cc reads them. */
function updater(addon: NativeAddon, handle: NativeHandle): Engine['update'] {
  const kinds = updateNumbers(addon);
  const numbers = new Float64Array(16);
  return (kernel, { from, to, parameters, gradient, gradientScale, clip, weightLoss, vectors, scalars }) => {
    numbers[0] = from;
    numbers[1] = to;
    numbers[2] = parameters;
    numbers[3] = gradient;
    numbers[4] = gradientScale;
    numbers[5] = clip;
    numbers[6] = weightLoss;
    let next = 7;
    for (const offset of vectors) numbers[next++] = offset;
    for (const scalar of scalars) numbers[next++] = scalar;
    return addon.update(handle, kinds[kernel], numbers);
  };
}
