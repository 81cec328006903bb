import { userError } from '../../shared/errors.js';
import type { BatchIterator, BatchResult, BatchSequence, DatasetSource } from '../options/datasets.js';
import { hasMethod, isRecord, show } from '../options/values.js';
import { LEAVE_AFTER_MS, settledWithin } from './settledWithin.js';

/** Whether data come as batches: a `tf.data.Dataset`, an iterable, an iterator, or a function that gives one. */
export function isDatasetSource(given: unknown): given is DatasetSource<unknown> {
  if (typeof given === 'function') return true;
  if (Array.isArray(given) || ArrayBuffer.isView(given)) return false;
  return hasMethod(given, 'iterator') || hasMethod(given, 'next') || iterationOf(given) !== undefined;
}

/** An element that a dataset has given, in a box: an element may be null. */
interface Found {
  readonly element: unknown;
}

/** Iterators that were read from: where they stand is not known to whoever gets them next. */
const begun = new WeakSet<object>();

/** Where a dataset stands: which element of which pass comes next. It is asked for one element after another. */
export class DatasetReader {
  readonly #given: DatasetSource<unknown>;
  #iterator: BatchIterator | null = null;
  #pass = -1;
  #next = 0;
  #ahead: Found | null = null;
  /** Whether the pass has no more elements. */
  #ended = false;
  #asking = false;
  #closed = false;

  constructor(given: DatasetSource<unknown>) {
    this.#given = given;
  }

  /** Whether it can be gone through again. */
  get #restarts(): boolean {
    const given = this.#given;
    return typeof given === 'function' || hasMethod(given, 'iterator') || !hasMethod(given, 'next');
  }

  /** Goes to an element of a pass: forward from where it stands, or forward from the beginning. */
  async seek(pass: number, element: number): Promise<void> {
    if (pass !== this.#pass || element < this.#next) await this.#restart(pass, element > 0);
    while (this.#next < element) {
      if (!(await this.#look())) throw tooShort(this.#next, element);
      disposeTensors(this.#take());
    }
  }

  /** Whether there is an element where it stands. */
  async has(): Promise<boolean> {
    return this.#look();
  }

  /** The element where it stands, and goes on behind it; null where there is none. Its tensors are then the caller's. */
  async take(): Promise<Found | null> {
    return (await this.#look()) ? { element: this.#take() } : null;
  }

  /** The rest of the pass is not wanted. An iterator that does not answer is left to itself. */
  async close(): Promise<void> {
    this.#closed = true;
    await settledWithin(LEAVE_AFTER_MS, this.#leave().catch(warn));
  }

  async #restart(pass: number, isMiddle: boolean): Promise<void> {
    const given = this.#given;
    // What can be gone through once has nothing for another pass.
    const isOver = this.#pass >= 0 && !this.#restarts;
    await this.#leave();
    this.#pass = pass;
    this.#next = 0;
    this.#ended = isOver;
    if (isOver) return;
    if (!this.#restarts) {
      if (isMiddle && begun.has(given)) throw cannotGoBack();
      begun.add(given);
    }
    this.#iterator = await iteratorOf(typeof given === 'function' ? await given(pass) : given);
  }

  /** Whether an element is there; it waits in `#ahead`. */
  async #look(): Promise<boolean> {
    if (this.#ahead !== null) return true;
    if (this.#ended) return false;
    const { done, value } = await this.#ask();
    if (this.#closed) disposeTensors(value);
    else if (!done) this.#ahead = { element: value };
    this.#ended = done === true || this.#closed;
    if (this.#ended) this.#iterator = null;
    return !this.#ended;
  }

  async #ask(): Promise<BatchResult> {
    this.#asking = true;
    try {
      const result: unknown = await this.#iterator?.next();
      if (typeof result === 'object' && result !== null) return result;
      throw userError('INVALID_DATA', `its iterator gave ${show(result)}; give { value, done }`);
    } finally {
      this.#asking = false;
    }
  }

  #take(): unknown {
    const { element } = this.#ahead as Found;
    this.#ahead = null;
    this.#next++;
    return element;
  }

  async #leave(): Promise<void> {
    if (this.#ahead !== null) disposeTensors(this.#take());
    const iterator = this.#iterator;
    this.#iterator = null;
    this.#ended = true;
    // An iterator of the caller's may be gone on with.
    if (!this.#restarts) return;
    const left = iterator?.return?.();
    if (!this.#asking) await left;
  }
}

/** Gives back the memory of the tensors of an element, as `model.fitDataset` does. */
export function disposeTensors(element: unknown): void {
  if (typeof element !== 'object' || element === null || ArrayBuffer.isView(element)) return;
  if (hasMethod(element, 'dispose')) {
    if (!(element as { readonly isDisposed?: boolean }).isDisposed) element.dispose();
  } else if (Array.isArray(element) ? typeof element[0] === 'object' : isRecord(element)) {
    for (const part of Object.values(element)) disposeTensors(part);
  }
}

/** The call has ended as it has; nobody else would hear of it. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

type Iteration = () => BatchIterator;

function iterationOf(given: unknown): Iteration | undefined {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(given);
  const found: unknown = later ?? now;
  return typeof given === 'object' && typeof found === 'function' ? (found as Iteration) : undefined;
}

async function iteratorOf(sequence: BatchSequence<unknown>): Promise<BatchIterator> {
  const found = hasMethod(sequence, 'iterator')
    ? await sequence.iterator()
    : (iterationOf(sequence)?.call(sequence) ?? sequence);
  if (hasMethod(found, 'next')) return found as unknown as BatchIterator;
  throw userError(
    'INVALID_DATA',
    `it gives ${show(found)} to go through; give a tf.data.Dataset, an iterable or an iterator, or a function that returns one`,
  );
}

function tooShort(found: number, element: number): Error {
  return userError(
    'ROWS_DIFFER',
    `it has ended after ${found} batches, but training stands after batch ${element} of it; give the same batches as before`,
  );
}

function cannotGoBack(): Error {
  return userError(
    'RESUME_MISMATCH',
    'training stands in the middle of it, but it is an iterator that was read from before and cannot go back; give a function that returns it anew',
  );
}
