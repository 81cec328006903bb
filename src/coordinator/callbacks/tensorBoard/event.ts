/**
 * Events as TensorBoard reads them: the messages Event, Summary and HistogramProto of tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto, of which a few fields are written.
 */

/** A value of one step. */
export interface Point {
  readonly tag: string;
  readonly value: number | Histogram;
}

/** How numbers spread. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The upper end of each bucket, rising, and how many numbers lie in it. */
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

/** The first event of a file. */
export function versionEvent(seconds: number): Buffer {
  return Buffer.concat([double(1, seconds), text(3, 'brain.Event:2')]);
}

/** @param seconds Since 1970. */
export function summaryEvent(seconds: number, step: number, points: readonly Point[]): Buffer {
  const values = points.map((point) => message(1, summaryValue(point)));
  return Buffer.concat([double(1, seconds), integer(2, step), message(5, Buffer.concat(values))]);
}

function summaryValue({ tag, value }: Point): Buffer {
  if (typeof value === 'number') return Buffer.concat([text(1, tag), float(2, value)]);
  return Buffer.concat([text(1, tag), message(5, histogramOf(value))]);
}

function histogramOf({ min, max, count, sum, sumOfSquares, limits, counts }: Histogram): Buffer {
  const numbers = [min, max, count, sum, sumOfSquares].map((number, i) => double(i + 1, number));
  return Buffer.concat([...numbers, doubles(6, limits), doubles(7, counts)]);
}

/** How the bytes of a field are told from those of others (protobuf.dev/programming-guides/encoding). */
const WIRE = { varint: 0, eight: 1, counted: 2, four: 5 } as const;

function key(field: number, wire: number): Buffer {
  return varint(field * 8 + wire);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([key(field, WIRE.varint), varint(value)]);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, WIRE.eight), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, WIRE.four), bytes]);
}

function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([key(field, WIRE.counted), varint(bytes.length), bytes]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function doubles(field: number, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return message(field, bytes);
}

/** Seven bits a byte, the lowest first; division, as steps may need more than 32 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
