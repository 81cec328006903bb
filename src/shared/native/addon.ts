import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../packageRoot.js';

/** The builds of the native kernels, best first; see native/src/dispatch.cc. */
export const instructionSets = ['avx512', 'avx2', 'portable'] as const;
export type InstructionSet = (typeof instructionSets)[number];

/** An attached instance: one rank's arena and program inside the addon. */
export type NativeHandle = { readonly nativeHandle: unique symbol };

/** What native/src/addon.cc exports. Stages are numbered in the order of `Stages`. */
export interface NativeAddon {
  kernels(): { name: string; arguments: string[] }[];
  isas(): InstructionSet[];
  attach(
    arena: Float32Array,
    program: Float64Array,
    info: Float64Array,
    isa: InstructionSet | '',
    timed: boolean,
  ): NativeHandle;
  /**
   * Floats of memory that the kernels of one rank take beside the arena; then, for each buffer of which a rank touches
   * the rows of one chunk only, the elements of a row and the rows of a chunk. `floats`: those of the arena.
   */
  footprint(program: Float64Array, info: Float64Array, isa: InstructionSet | '', floats: number): number[];
  /** Gives back the memory of an instance, which nothing is run on any more. */
  detach(handle: NativeHandle): void;
  run(handle: NativeHandle, stage: number, segment: number, pass: Int32Array): void;
  gather(
    handle: NativeHandle,
    values: Float32Array | Uint8Array | Int32Array,
    size: number,
    scale: number,
    buffer: number,
    order: Int32Array | null,
    start: number,
    firstRow: number,
    rows: number,
  ): void;
  /** Whether all of the sums are finite. */
  reduce(handle: NativeHandle, adds: Int32Array, from: number, to: number): boolean;
  /** The update kernels by number, with how many vectors and scalars they take. */
  updates(): { name: string; vectors: number; scalars: number }[];
  /** Whether what it made of a gradient is finite. */
  update(handle: NativeHandle, kernel: number, numbers: Float64Array): boolean;
  sumOf(handle: NativeHandle, term: number, offset: number, length: number): number;
  /** Nanoseconds of each call of a stage since attach; zero unless the instance is timed. */
  timings(handle: NativeHandle, stage: number): number[];
  /** What one core does at best, measured on the spot. */
  peaks(isa: InstructionSet | ''): { gigaflops: number; readGigabytes: number; addGigabytes: number };
  /** A mathematical function over an array, for tests; see `mathFunctions`. */
  map(isa: InstructionSet | '', fn: number, from: Float32Array, to: Float32Array): void;
  /** Bytes by which the view's memory misses a 64-byte line. */
  alignment(view: Float32Array): number;
  /** Asks for large pages for memory that nobody has touched yet. */
  enlargePages(view: Float32Array): void;
  /** Gives the pages of the view's memory back to the system: the values are lost. */
  discard(view: Float32Array): void;
}

/** Numbers of the functions of `map`. */
export const mathFunctions = { exp: 0, log: 1, sigmoid: 2, tanh: 3, log1p: 4, expm1: 5, erf: 6 } as const;

/** The addon, or why there is none. */
export type AddonSearch =
  | { readonly addon: NativeAddon; readonly path: string }
  | { readonly addon: null; readonly reason: string };

let search: AddonSearch | undefined;

/** Finds and loads the addon once a thread: what this machine built, else the binary that the package ships. */
export function findAddon(): AddonSearch {
  search ??= searchAddon();
  return search;
}

function searchAddon(): AddonSearch {
  const target = `${process.platform}-${process.arch}`;
  const root = packageRoot(import.meta.url);
  const places = ['native/build', 'prebuilds'].map((folder) => join(root, folder, target, 'lockstep.node'));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) {
    return {
      addon: null,
      reason: `no native kernels for ${target}; install a C++ compiler and run \`node scripts/build-native.js\` in ${root}`,
    };
  }
  try {
    return { addon: createRequire(import.meta.url)(path) as NativeAddon, path };
  } catch (error) {
    return { addon: null, reason: `${path} does not load: ${error instanceof Error ? error.message : error}` };
  }
}
