import type { KernelCall } from '../../../shared/kernels/table.js';
import type { CalledMeasure, CalledOutput } from '../../../shared/program/called.js';
import type { Program } from '../../../shared/program/program.js';
import { bufferArguments } from '../lower/fuse.js';

/** Offsets of the row-wise buffers within their region, and its length; in 32-bit elements. */
export interface BufferPlaces {
  readonly offsets: readonly number[];
  readonly length: number;
}

/** The calls, counted through one sequence, between which a buffer holds something that is still needed. */
interface Lifetime {
  first: number;
  last: number;
}

/**
 * Gives row-wise buffers their places. Buffers with records of one size that are never alive at the same time share a
 * place; only of one size, so that a row stands in the same bytes in both and a rank that runs ahead cannot touch the
 * rows of another.
 */
export function placeBuffers(program: Program, batchCapacity: number): BufferPlaces {
  const sequences = lifetimesOf(program);
  const clash = (a: number, b: number): boolean => sequences.some((lifetimes) => overlap(lifetimes, a, b));
  const places: { size: number; offset: number; holds: number[] }[] = [];
  let length = 0;
  const offsets = program.buffers.map(({ size }, buffer) => {
    const free = places.find((place) => place.size === size && !place.holds.some((other) => clash(buffer, other)));
    if (free !== undefined) {
      free.holds.push(buffer);
      return free.offset;
    }
    const place = { size, offset: length, holds: [buffer] };
    places.push(place);
    length += Math.ceil((size * batchCapacity) / 16) * 16;
    return place.offset;
  });
  return { offsets, length };
}

/** Lifetimes in each sequence of calls that runs without the others: training, evaluation, prediction. */
function lifetimesOf({ stages, inputs, targets, weights, outputs, network, called }: Program): Map<number, Lifetime>[] {
  const gathered = [...inputs, ...targets].map((port) => port.buffer);
  const weighted = [...gathered, ...weights.map((port) => port.buffer)];
  const results = outputs.map((port) => port.buffer);
  // What TensorFlow.js reads and writes is in no call: inputs and outputs with their gradients, throughout a pass.
  const ofNetwork =
    network === undefined ? [] : [...gathered, ...results, ...network.gradients.filter((buffer) => buffer >= 0)];
  const held = [...ofNetwork, ...heldFor(called ?? [])];
  return [
    lifetimes([...stages.forward, ...stages.backward].flat(), [...gathered, ...held], held),
    lifetimes([...stages.weightedForward, ...stages.backward].flat(), [...weighted, ...held], held),
    lifetimes(stages.evaluation.flat(), [...gathered, ...held], [...results, ...held]),
    lifetimes(stages.weightedEvaluation.flat(), [...weighted, ...held], [...results, ...held]),
    lifetimes(stages.prediction.flat(), [...gathered, ...held], [...results, ...held]),
  ];
}

/** What the coordinator reads and writes between two halves of a step. */
function heldFor(called: readonly CalledMeasure[]): number[] {
  const of = ({ target, trained, inferred, gradient }: CalledOutput): number[] => [target, trained, inferred, gradient];
  return called.flatMap(({ outputs, weight }) => [...outputs.flatMap(of), ...(weight === null ? [] : [weight])]);
}

function lifetimes(
  calls: readonly KernelCall[],
  before: readonly number[],
  after: readonly number[],
): Map<number, Lifetime> {
  const found = new Map<number, Lifetime>();
  const use = (buffer: number, at: number): void => {
    const lifetime = found.get(buffer);
    if (lifetime === undefined) found.set(buffer, { first: at, last: at });
    else lifetime.last = at;
  };
  for (const buffer of before) use(buffer, -1);
  calls.forEach((call, at) => {
    for (const buffer of bufferArguments(call)) use(buffer, at);
  });
  for (const buffer of after) use(buffer, calls.length);
  return found;
}

function overlap(lifetimes: ReadonlyMap<number, Lifetime>, a: number, b: number): boolean {
  const one = lifetimes.get(a);
  const other = lifetimes.get(b);
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last;
}
