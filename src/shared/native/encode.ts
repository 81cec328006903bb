import { fault } from '../errors.js';
import type { Pass } from '../kernels/pass.js';
import { type KernelCall, type KernelName, kernelTable } from '../kernels/table.js';
import { type UpdateKernelName, updateKernels } from '../kernels/updates.js';
import type { Segments, StageName, Stages } from '../program/program.js';
import type { NativeAddon } from './addon.js';

/** The numbers by which the addon knows the stages. */
export const stageNumbers: Stages<number> = {
  forward: 0,
  backward: 1,
  evaluation: 2,
  prediction: 3,
  averages: 4,
  weightedForward: 5,
  weightedEvaluation: 6,
};
const stageOrder = Object.keys(stageNumbers) as StageName[];

/** A kernel as the addon knows it: its number and the order of its arguments. */
interface NativeKernel {
  readonly number: number;
  readonly arguments: readonly string[];
}

/**
 * The program as the addon reads it: per stage the number of segments, per segment the number of calls, per call the
 * kernel's number, as how many rows it sees each row, and its arguments.
 */
export function encodeProgram(addon: NativeAddon, stages: Stages<Segments>): Float64Array {
  const kernels = nativeKernels(addon);
  const encodeSegment = (calls: readonly KernelCall[]): number[] => [
    calls.length,
    ...calls.flatMap((call) => encodeCall(kernels, call)),
  ];
  return Float64Array.from(
    stageOrder.flatMap((stage) => [stages[stage].length, ...stages[stage].flatMap(encodeSegment)]),
  );
}

function encodeCall(kernels: ReadonlyMap<string, NativeKernel>, { kernel, args, each = 1 }: KernelCall): number[] {
  const native = kernels.get(kernel);
  if (native === undefined) throw otherTable(`it has no kernel ${kernel}`);
  const values: Readonly<Record<string, number>> = args;
  return [native.number, each, ...native.arguments.map((name) => values[name])];
}

/** The addon's kernels by name, checked against the kernel table. */
function nativeKernels(addon: NativeAddon): ReadonlyMap<string, NativeKernel> {
  const kernels = addon.kernels();
  for (const { name, arguments: known } of kernels) {
    const wanted = Object.keys(kernelTable[name as KernelName]?.arguments ?? {});
    if (wanted.toSorted().join() !== known.toSorted().join()) throw otherTable(`${name} takes ${known.join(', ')}`);
  }
  return new Map(kernels.map(({ name, arguments: names }, number) => [name, { number, arguments: names }]));
}

/** The numbers of the update kernels, checked against the table. */
export function updateNumbers(addon: NativeAddon): Readonly<Record<UpdateKernelName, number>> {
  const known = addon.updates();
  const numbers = Object.entries(updateKernels).map(([name, { vectors, scalars }]) => {
    const number = known.findIndex((kernel) => kernel.name === name);
    const fits = number >= 0 && known[number].vectors === vectors && known[number].scalars === scalars;
    if (!fits) throw otherTable(`it has no update kernel ${name} of ${vectors} vectors and ${scalars} scalars`);
    return [name, number];
  });
  return Object.fromEntries(numbers) as Record<UpdateKernelName, number>;
}

function otherTable(what: string): Error {
  return fault(
    'NATIVE_TABLE',
    `The native kernels were built from another kernel table: ${what}. Run \`node scripts/build-native.js\`.`,
  );
}

/** Words of an encoded pass before its lists. */
const PASS_HEAD = 8;

/**
 * A pass as the addon reads it: the head, then the rows at which shards start, then first shard, number of shards and
 * slab of each published node. The words stay valid until the next call.
 */
export class PassEncoder {
  #words = new Int32Array(64);

  encode(pass: Pass): Int32Array {
    const shards = pass.shardRows.length - 1;
    const words = this.#roomFor(PASS_HEAD + shards + 1 + 3 * pass.published.length);
    words[0] = pass.firstRow;
    words[1] = pass.rows;
    words[2] = pass.batchRows;
    words[3] = pass.batchShards;
    words[4] = pass.firstShard;
    words[5] = pass.step;
    words[6] = shards;
    words[7] = pass.published.length;
    let next = PASS_HEAD;
    for (let i = 0; i <= shards; i++) words[next++] = pass.shardRows[i];
    for (const { first, count, slab } of pass.published) {
      words[next++] = first;
      words[next++] = count;
      words[next++] = slab;
    }
    return words;
  }

  #roomFor(words: number): Int32Array {
    if (words > this.#words.length) this.#words = new Int32Array(2 * words);
    return this.#words;
  }
}
