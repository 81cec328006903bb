import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../../shared/tfjs/tfjs.js';

/** What tfjs-node's binding tells an operation beside its inputs. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's backend by which operations of TensorFlow are run that TensorFlow.js has no kernel for. */
export interface TensorflowBackend extends KernelBackend {
  readonly binding: TensorflowBinding;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: unknown): Tensor;
}

interface TensorflowBinding extends Readonly<Record<'TF_ATTR_BOOL' | 'TF_ATTR_FLOAT' | 'TF_ATTR_TYPE', number>> {
  readonly TF_FLOAT: number;
  readonly TF_INT64: number;
  createTensor(shape: readonly number[], type: number, values: Int32Array): number;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): unknown[];
}

/** tfjs-node's backend, once it is loaded. */
export function tensorflowBackend(): TensorflowBackend {
  return tfc.backend() as TensorflowBackend;
}

/** The attributes of an operation on floats: its type and flags, which have to be among `attributeNames`. */
export function attributes(flags: Readonly<Record<string, boolean>> = {}): Attribute[] {
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_FLOAT } = tensorflowBackend().binding;
  const given = Object.entries(flags).map(([name, value]) => ({ name, type: TF_ATTR_BOOL, value }));
  return [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }, ...given];
}

/** Runs an operation with one output. */
export function operate(name: string, given: readonly Attribute[], inputs: readonly Tensor[]): Tensor {
  const backend = tensorflowBackend();
  const [output] = backend.binding.executeOp(name, given, backend.getInputTensorIds(inputs), 1);
  return backend.createOutputTensor(output);
}
