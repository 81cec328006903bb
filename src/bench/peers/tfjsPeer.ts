/**
 * TensorFlow.js as a peer, in a process of its own: `model.fit` on one of its backends. It speaks the protocol of
 * bench/peers/README.md.
 *
 *   node tfjsPeer.js CASE --threads 2 --setting tensorflow
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { modelFromLayers } from '../../coordinator/models/fromLayers.js';
import type { LayerConfig } from '../../coordinator/options/trainerOptions.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { loadTensorflow } from '../../worker/engines/tfjs/backend.js';

/** What `writeCase` has written. */
interface WrittenCase {
  readonly layers: readonly LayerConfig[];
  readonly loss: string;
  readonly batch_size: number;
  readonly batches: number;
  readonly learning_rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly tensors: readonly WrittenTensor[];
  /** Rows and labels that are validated; empty where none are. */
  readonly validation: readonly WrittenTensor[];
}

interface WrittenTensor {
  readonly shape: readonly number[];
  readonly type: 'int32' | 'float32';
  readonly byteOffset: number;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' }, setting: { type: 'string', default: 'cpu' } },
});

await serve(positionals[0], values.setting, Number(values.threads));

async function serve(folder: string, setting: string, threads: number): Promise<void> {
  const started = await start(folder, setting, threads).catch((error: Error) => error);
  if (started instanceof Error) {
    answer({ skip: started.message });
    return;
  }
  const { version, fit, validate } = started;
  answer({ ready: version });
  for await (const line of createInterface({ input: process.stdin })) {
    const { steps } = JSON.parse(line) as { steps?: number };
    if (steps === undefined) {
      answer({ accuracy: await validate() });
      continue;
    }
    const began = performance.now();
    const loss = await fit(steps);
    answer({ seconds: (performance.now() - began) / 1000, loss });
  }
}

/** Rejects where the backend is not installed, or cannot train the model. */
async function start(folder: string, setting: string, threads: number): Promise<OpenCase & { version: string }> {
  const version = await useBackend(setting, threads);
  return { version, ...(await openCase(folder)) };
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Makes TensorFlow.js compute on a backend, without what Lockstep replaces in it; returns what to call it. */
async function useBackend(setting: string, threads: number): Promise<string> {
  if (setting === 'wasm') await useWasm(threads);
  else if (setting === 'tensorflow') await loadTensorflow();
  else await tfc.setBackend('cpu');
  return `TensorFlow.js ${tfc.version_core}`;
}

async function useWasm(threads: number): Promise<void> {
  // Not a dependency, so the compiler must not look for it.
  const name: string = '@tensorflow/tfjs-backend-wasm';
  const loaded = (await import(name).catch(() => {
    throw new Error(`${name} is not installed; npm install --no-save ${name}`);
  })) as { setThreadsCount(count: number): void };
  loaded.setThreadsCount(threads);
  if (!(await tfc.setBackend('wasm'))) throw new Error(`${name} does not start`);
}

interface OpenCase {
  /** Trains some steps; gives the mean loss of the last pass. */
  fit(steps: number): Promise<number>;
  /** The share of the validation rows that are classified rightly. */
  validate(): Promise<number>;
}

async function openCase(folder: string): Promise<OpenCase> {
  const described = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as WrittenCase;
  const memory = await readFile(join(folder, 'case.bin'));
  const { layers, loss, batch_size: batchSize, batches, learning_rate, beta1, beta2, epsilon } = described;
  const [x, y, ...weights] = described.tensors.map((tensor) => toTensor(memory, tensor));
  const { model } = modelFromLayers(layers, 'peer');
  const begin = (): void => {
    model.setWeights(weights);
    model.compile({ optimizer: tfc.train.adam(learning_rate, beta1, beta2, epsilon), loss });
  };
  // Its sparse losses round class numbers, which must be floats for that.
  const targets = tfc.reshape(tfc.cast(y, 'float32'), [-1, 1]);
  // A backend that lacks a gradient says so in the first step; that step is undone.
  begin();
  await model.fit(tfc.slice(x, 0, batchSize), tfc.slice(targets, 0, batchSize), { batchSize, verbose: 0 });
  begin();
  const fit = async (steps: number): Promise<number> => {
    const options = { epochs: steps / batches, batchSize, shuffle: false, verbose: 0, yieldEvery: 'never' } as const;
    const { history } = await model.fit(x, targets, options);
    return Number(history.loss[history.loss.length - 1]);
  };
  const validate = async (): Promise<number> => {
    const [rows, labels] = described.validation.map((tensor) => toTensor(memory, tensor));
    const right = tfc.tidy(() => {
      const chosen = tfc.argMax(model.predict(rows) as ReturnType<typeof toTensor>, 1);
      return tfc.mean(tfc.cast(tfc.equal(chosen, labels), 'float32'));
    });
    return (await right.data())[0];
  };
  return { fit, validate };
}

function toTensor(memory: Buffer, { shape, type, byteOffset }: WrittenTensor) {
  const length = shape.reduce((a, b) => a * b, 1);
  const bytes = memory.buffer.slice(memory.byteOffset + byteOffset, memory.byteOffset + byteOffset + 4 * length);
  const values = type === 'int32' ? new Int32Array(bytes as ArrayBuffer) : new Float32Array(bytes as ArrayBuffer);
  return tfc.tensor(values, [...shape], type);
}
