import { findAddon } from '../native/addon.js';

/** What Node has and the compiler's libraries without the DOM do not name. */
declare const WebAssembly: {
  readonly Memory: new (pages: {
    initial: number;
    maximum: number;
    shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

const PAGE = 65_536;
const MOST_PAGES = 65_536;

/**
 * Shared memory of at least `bytes` bytes that begins on a page, so that offsets that are multiples of 64 are cache
 * lines. A plain SharedArrayBuffer begins 16 bytes into a line; vector loads then straddle two lines each, which costs
 * a tenth of a matrix product. Only WebAssembly hands out memory on pages; where it has none, the plain kind serves.
 */
export function alignedSharedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.max(1, Math.ceil(bytes / PAGE));
  if (pages > MOST_PAGES) return new SharedArrayBuffer(bytes);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
    // Before anybody writes: pages that are there keep their size.
    findAddon().addon?.enlargePages(new Float32Array(memory));
    return memory;
  } catch {
    return new SharedArrayBuffer(bytes);
  }
}

/**
 * Gives memory from a multiple of four bytes on back to the system, where the addon is there to do it; the values are
 * lost. The collector frees a block that nobody refers to when it sees fit, as it does not know how large such a block
 * is: without this, a program that closes one trainer after the other may run out of memory.
 */
export function discardMemory(memory: SharedArrayBuffer, from = 0): void {
  findAddon().addon?.discard(new Float32Array(memory, from));
}
