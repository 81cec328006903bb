import { BytesWriter, roundUp } from './bytes.js';
import { messages } from './header.js';

/** Numbers in a file: weights, counts and the states of optimizers. */
export type TensorValues = Float32Array | Int32Array | BigInt64Array;

/** One message of an object header that is written: its length is a multiple of 8. */
export interface WrittenMessage {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const FILL_VALUE = 5;

/** Dimensions, of which a number has none. */
function dataspace(shape: readonly number[]): Uint8Array {
  const view = new BytesWriter(8 + 8 * shape.length).u8(1, shape.length).skip(6);
  return view.u64(...shape).bytes;
}

/** IEEE 754 binary32, or a signed whole number. */
function datatype(values: TensorValues): Uint8Array {
  const bits = 8 * values.BYTES_PER_ELEMENT;
  const view = new BytesWriter(24);
  if (!(values instanceof Float32Array)) {
    return view.u8(0x10, 0x08, 0, 0).u32(values.BYTES_PER_ELEMENT).u16(0, bits).bytes.subarray(0, 16);
  }
  // A float of which the sign is bit 31 and the leading 1 of the mantissa is not stored.
  return view.u8(0x11, 0x20, 0x1f, 0).u32(4).u16(0, 32).u8(23, 8, 0, 23).u32(127).bytes;
}

/** The messages of a dataset whose bytes lie in one piece at `address`. */
export function datasetMessages(
  shape: readonly number[],
  values: TensorValues,
  address: number | null,
): WrittenMessage[] {
  const layout = new BytesWriter(24).u8(3, 1).u64(address, values.byteLength).bytes;
  return [
    { type: messages.dataspace, bytes: dataspace(shape) },
    { type: messages.datatype, bytes: datatype(values) },
    // Space is allocated late; the value that fills it is HDF5's own.
    { type: FILL_VALUE, bytes: new BytesWriter(8).u8(2, 2, 2, 1).bytes },
    { type: messages.layout, bytes: layout },
  ];
}

export function symbolTableMessage(tree: number, heap: number): WrittenMessage {
  return { type: messages.symbolTable, bytes: new BytesWriter(16).u64(tree, heap).bytes };
}

/** A text of any length in the heap of the file: its bytes, the heap's address and its number there. */
export interface HeapText {
  readonly length: number;
  readonly heap: number;
  readonly index: number;
}

/** Text of varying length, UTF-8: lists of bytes that HDF5 takes for text. */
const textType = new BytesWriter(20).u8(0x19, 0x01, 0x01, 0).u32(16).u8(0x10, 0, 0, 0).u32(1).u16(0, 8).bytes;

/** An attribute of one text, or of a list of them. */
export function attributeMessage(name: string, shape: readonly number[], texts: readonly HeapText[]): WrittenMessage {
  const title = Buffer.from(`${name}\0`);
  const space = dataspace(shape);
  const length =
    8 + [title.length, textType.length, space.length, 16 * texts.length].reduce((a, b) => a + roundUp(b), 0);
  const view = new BytesWriter(length).u8(1, 0).u16(title.length, textType.length, space.length);
  for (const part of [title, textType, space]) view.put(part).align();
  for (const text of texts) view.u32(text.length).u64(text.heap).u32(text.index);
  return { type: messages.attribute, bytes: view.bytes };
}

/** An object header with its messages. */
export function objectHeader(written: readonly WrittenMessage[]): Uint8Array {
  const length = written.reduce((sum, { bytes }) => sum + 8 + bytes.length, 0);
  const view = new BytesWriter(16 + length).u8(1, 0).u16(written.length).u32(1, length).skip(4);
  for (const { type, bytes } of written) view.u16(type, bytes.length).skip(4).put(bytes);
  return view.bytes;
}
