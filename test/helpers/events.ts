import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Steps and values of each tag in a folder of events, in the order of the files; null for a value that is no number. */
export async function readEvents(folder: string): Promise<Record<string, [step: number, value: number | null][]>> {
  const tags: Record<string, [number, number | null][]> = {};
  for (const name of (await readdir(folder)).sort()) {
    for (const event of recordsOf(await readFile(join(folder, name)))) {
      const fields = fieldsOf(event);
      const step = Number(fields.find(([field]) => field === 2)?.[1] ?? 0);
      for (const [field, summary] of fields) if (field === 5) addValues(tags, step, summary as Buffer);
    }
  }
  return tags;
}

function addValues(tags: Record<string, [number, number | null][]>, step: number, summary: Buffer): void {
  for (const [, value] of fieldsOf(summary)) {
    const fields = new Map(fieldsOf(value as Buffer));
    const tag = String(fields.get(1));
    const number = fields.get(2);
    tags[tag] ??= [];
    tags[tag].push([step, number === undefined ? null : (number as Buffer).readFloatLE()]);
  }
}

/** Whole records only, as TensorBoard reads them; checksums are held against golden bytes elsewhere. */
function recordsOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    found.push(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return found;
}

/** Fields of a message: a number of variable length, or bytes. */
function fieldsOf(message: Buffer): [field: number, value: bigint | Buffer][] {
  const fields: [number, bigint | Buffer][] = [];
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const wire = key & 7;
    fields.push([key >> 3, wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()))]);
  }
  return fields;
}
