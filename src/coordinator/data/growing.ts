const CHUNK = 1 << 16;

/** Numbers collected one by one without knowing how many there will be: compact chunks, joined once at the end. */
export class Growing<T extends Float32Array | Int32Array> {
  readonly #create: (memory: SharedArrayBuffer) => T;
  readonly #chunks: T[] = [];
  #last: T;
  /** Numbers in the last chunk. */
  #filled = 0;

  constructor(create: (memory: SharedArrayBuffer) => T) {
    this.#create = create;
    this.#last = this.#addChunk();
  }

  get length(): number {
    return (this.#chunks.length - 1) * CHUNK + this.#filled;
  }

  push(value: number): void {
    if (this.#filled === CHUNK) {
      this.#last = this.#addChunk();
      this.#filled = 0;
    }
    this.#last[this.#filled++] = value;
  }

  /** All numbers in shared memory, where ranks can read them without another copy. */
  join(): T {
    const whole = this.#create(new SharedArrayBuffer(this.length * 4));
    this.#chunks.forEach((chunk, i) => {
      whole.set(chunk.subarray(0, Math.min(CHUNK, whole.length - i * CHUNK)), i * CHUNK);
    });
    return whole;
  }

  #addChunk(): T {
    const chunk = this.#create(new SharedArrayBuffer(CHUNK * 4));
    this.#chunks.push(chunk);
    return chunk;
  }
}

export function growingFloats(): Growing<Float32Array> {
  return new Growing((memory) => new Float32Array(memory));
}

export function growingInts(): Growing<Int32Array> {
  return new Growing((memory) => new Int32Array(memory));
}
