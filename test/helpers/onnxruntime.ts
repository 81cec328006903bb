import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../../src/shared/tfjs/places.js';

/** The package that runs ONNX files in tests, and the version whose numbers they are held against. */
export const ONNXRUNTIME = { package: 'onnxruntime-node', version: '1.30.0' } as const;

/** Where `npm run setup:onnx` keeps it. */
export function onnxruntimeFolder(): string {
  return join(cacheFolder(), `${ONNXRUNTIME.package}-${ONNXRUNTIME.version}-${process.platform}-${process.arch}`);
}

type Numbers = Float32Array | Int32Array;

/** What of the runtime tests use. */
export interface Onnxruntime {
  readonly Tensor: new (type: string, values: Numbers, shape: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> };
}

export interface RuntimeTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/** The runtime beside Lockstep, else in the cache; null where it is not there. */
export function findOnnxruntime(): Onnxruntime | null {
  for (const origin of [import.meta.url, join(onnxruntimeFolder(), 'package.json')]) {
    try {
      return createRequire(origin)(ONNXRUNTIME.package) as Onnxruntime;
    } catch {
      // The next place is looked at.
    }
  }
  return null;
}

export const WITHOUT_ONNXRUNTIME = 'onnxruntime-node is not here; npm run setup:onnx gets it';

/** One that computes on one thread and says nothing but errors. */
export function openSession(runtime: Onnxruntime, model: string | Uint8Array): Promise<Session> {
  return runtime.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
}
