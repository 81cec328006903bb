import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { quietly, tfc } from '../../shared/tfjs/tfjs.js';
import { watchDraws } from './draws.js';
import { Refusal } from './refusal.js';
import { type Tape, TapeWriter } from './tape.js';

/**
 * A backend of TensorFlow.js that notes every kernel and lets the CPU backend's compute it: what a caller's function does
 * becomes a tape. Whatever happens, TensorFlow.js is left as it was found.
 */
const NAME = 'lockstep-recorder';

/** What is being recorded; null between two recordings. */
let writer: TapeWriter | null = null;

class Recorder extends MathBackendCPU {
  /** Data that other backends had before a kernel asked for it here. */
  readonly moved = new Set<object>();

  override readSync(dataId: object) {
    if (writer?.isDerived(dataId)) {
      throw new Refusal('it reads the numbers of a tensor (dataSync, arraySync or data), which no batch has had yet');
    }
    return super.readSync(dataId);
  }

  override move(...given: Parameters<MathBackendCPU['move']>): void {
    this.moved.add(given[0]);
    super.move(...given);
  }
}

/** Records what `work` does; it says which tensors the tape begins with. */
export function record<T>(work: (tape: TapeWriter) => T): { readonly result: T; readonly tape: Tape } {
  const recorder = registered();
  const before = tfc.getBackend();
  const tape = new TapeWriter((dataId) => recorder.readSync(dataId));
  writer = tape;
  void tfc.setBackend(NAME);
  const unwatch = watchDraws((tensor, distribution, plain) => tape.draw(tensor, distribution, plain));
  try {
    let result: T | undefined;
    tfc.tidy(() => {
      result = work(tape);
    });
    return { result: result as T, tape: tape.finish() };
  } finally {
    writer = null;
    unwatch();
    dropTape();
    void tfc.setBackend(before);
    giveBack(recorder, before);
  }
}

/** What a gradient that threw has kept: TensorFlow.js 4.22 disposes of it only where the gradient succeeds. */
function dropTape(): void {
  const { state } = tfc.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose();
  state.activeTape = null as never;
}

/** Data that a function brought along return to where they were. */
function giveBack(recorder: Recorder, name: string): void {
  const engine = tfc.engine();
  for (const dataId of recorder.moved) {
    if (recorder.data.has(dataId)) engine.moveData(engine.findBackend(name), dataId);
  }
  recorder.moved.clear();
}

/** The recorder, which stays registered once it has been. */
function registered(): Recorder {
  const known = tfc.findBackend(NAME);
  if (known !== null && known !== undefined) return known as Recorder;
  const recorder = new Recorder();
  tfc.registerBackend(NAME, () => recorder);
  for (const kernel of tfc.getKernelsForBackend('cpu')) {
    const kernelFunc: typeof kernel.kernelFunc = (call) => {
      const outer = writer;
      // What a kernel computes by other kernels is its own affair.
      writer = null;
      try {
        const made = kernel.kernelFunc(call);
        outer?.note(kernel.kernelName, call.inputs as Readonly<Record<string, TensorInfo>>, call.attrs ?? {}, made);
        return made;
      } finally {
        writer = outer;
      }
    };
    tfc.registerKernel({ ...kernel, backendName: NAME, kernelFunc });
  }
  // The backend greets its first tensor with advice about speed.
  quietly(() => recorder.disposeData(recorder.write(new Float32Array(1), [1], 'float32')));
  return recorder;
}
