import type { SnapshotPlace } from '../protocol/messages.js';
import { type Arena, aligned } from './arena.js';

/**
 * A snapshot is all that training carries from step to step: the flat parameter vector and the optimizer's vectors. It
 * does not depend on the number of ranks. Two places take turns, so that a fault while one is written leaves the other.
 */
interface Snapshot {
  readonly parameters: Float32Array;
  readonly moments: Float32Array;
}

/** Bytes of one training state. */
export function stateBytes({ parameters, moments }: Arena): number {
  return aligned((parameters.length + moments.length) * 4);
}

/** Where the optimizer's vectors begin in a state, in bytes. */
export function momentsStart({ parameters }: Arena): number {
  return parameters.length * 4;
}

/** Bytes that two snapshots of an arena need. */
export function snapshotBytes(arena: Arena): number {
  return 2 * stateBytes(arena);
}

/** Copies the share of one rank: an equal part of both vectors, in elements of which each rank takes a run. */
export function saveShare(
  arena: Arena,
  memory: SharedArrayBuffer,
  place: SnapshotPlace,
  { rank, workers }: { readonly rank: number; readonly workers: number },
): void {
  const snapshot = openSnapshot(arena, memory, place);
  const copy = (from: Float32Array, to: Float32Array): void => {
    const start = Math.floor((rank * from.length) / workers);
    const end = Math.floor(((rank + 1) * from.length) / workers);
    to.set(from.subarray(start, end), start);
  };
  copy(arena.parameters, snapshot.parameters);
  copy(arena.moments, snapshot.moments);
}

/** Puts a snapshot back; only while no rank runs. */
export function restoreSnapshot(arena: Arena, memory: SharedArrayBuffer, place: SnapshotPlace): void {
  const { parameters, moments } = openSnapshot(arena, memory, place);
  arena.parameters.set(parameters);
  arena.moments.set(moments);
}

function openSnapshot(arena: Arena, memory: SharedArrayBuffer, place: SnapshotPlace): Snapshot {
  const start = place * stateBytes(arena);
  return {
    parameters: new Float32Array(memory, start, arena.parameters.length),
    moments: new Float32Array(memory, start + momentsStart(arena), arena.moments.length),
  };
}
