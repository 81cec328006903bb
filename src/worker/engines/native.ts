import { fault } from '../../shared/errors.js';
import { findAddon, type InstructionSet, type NativeAddon, type NativeHandle } from '../../shared/native/addon.js';
import { encodeProgram, PassEncoder, stageNumbers } from '../../shared/native/encode.js';
import { type AdamSpec, adamStepSize, decayed, type SgdSpec, type UpdateSlice } from '../../shared/optimizers.js';
import type { StageName } from '../../shared/program.js';
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
  const update = updater(addon, handle, input);
  return {
    gather: (pass, { column, values }, buffer, order, start) => {
      if (pass.rows === 0) return;
      addon.gather(handle, values, column.size, column.scale, buffer, order, start, pass.firstRow, pass.rows);
    },
    run: (stage, segment, pass) => addon.run(handle, stageNumbers[stage], segment, passes.encode(pass)),
    reduce: (adds, from, to) => addon.reduce(handle, adds, from, to),
    update,
    timings: (stage) => addon.timings(handle, stageNumbers[stage]),
  };
}

function attach(input: EngineInput, options: NativeOptions): { addon: NativeAddon; handle: NativeHandle } {
  const found = findAddon();
  if (found.addon === null) throw fault('NATIVE_MISSING', `The native engine cannot start: ${found.reason}.`);
  const { memory, stages, slabLength, vectorLength, batchCapacity } = input;
  const { parameters, sums, sumCount, seed } = memory;
  const lengths = [parameters, slabLength, vectorLength, sums, sumCount, batchCapacity];
  const info = Float64Array.of(...lengths, seed[0], seed[1]);
  const isa = options.isa ?? ((process.env.LOCKSTEP_ISA ?? '') as InstructionSet | '');
  const program = encodeProgram(found.addon, stages);
  return { addon: found.addon, handle: found.addon.attach(memory.f32, program, info, isa, options.timed ?? false) };
}

function updater(addon: NativeAddon, handle: NativeHandle, { optimizer }: EngineInput): Engine['update'] {
  const numbers = new Float64Array(11);
  if (optimizer.kind === 'adam') {
    return (slice, learningRate, step) => addon.adam(handle, adamStep(numbers, optimizer, slice, learningRate, step));
  }
  return (slice, learningRate, step) => addon.sgd(handle, sgdStep(numbers, optimizer, slice, learningRate, step));
}

/** Slice, places, three moments (−1 for none), then the scalars; as Instance::adam reads them. */
function adamStep(
  numbers: Float64Array,
  spec: AdamSpec,
  slice: UpdateSlice,
  learningRate: number,
  step: number,
): Float64Array {
  const next = places(numbers, slice, 3);
  numbers[next] = spec.beta1;
  numbers[next + 1] = spec.beta2;
  numbers[next + 2] = spec.epsilon;
  numbers[next + 3] = adamStepSize(spec, learningRate, step);
  return numbers;
}

/** Slice, places, the velocity (−1 for none), then the scalars; as Instance::sgd reads them. */
function sgdStep(
  numbers: Float64Array,
  spec: SgdSpec,
  slice: UpdateSlice,
  learningRate: number,
  step: number,
): Float64Array {
  const next = places(numbers, slice, 1);
  numbers[next] = decayed(learningRate, spec.decay, step);
  numbers[next + 1] = spec.momentum;
  numbers[next + 2] = spec.nesterov ? 1 : 0;
  return numbers;
}

function places(numbers: Float64Array, slice: UpdateSlice, moments: number): number {
  numbers[0] = slice.from;
  numbers[1] = slice.to;
  numbers[2] = slice.parameters;
  numbers[3] = slice.gradient;
  for (let i = 0; i < moments; i++) numbers[4 + i] = slice.moments[i] ?? -1;
  return 4 + moments;
}
