import type { Weight } from '../options/trainerOptions.js';

/**
 * Weights as a file of safetensors (https://huggingface.co/docs/safetensors): the length of the head, a head of JSON, filled up with
 * blanks to a multiple of 8, and the values of each tensor behind those of the one before it.
 */
export function* safetensorsOf(
  weights: readonly Weight[],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  let end = 0;
  const entries = weights.map(({ name, shape, values }) => {
    const start = end;
    end += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const head = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const bytes = Buffer.from(head.padEnd(head.length + ((8 - (Buffer.byteLength(head) % 8)) % 8), ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  yield length;
  yield bytes;
  for (const { values } of weights) yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
