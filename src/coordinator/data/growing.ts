const CHUNK = 1 << 16;

/** Numbers collected one by one without knowing how many there will be: compact chunks, joined once at the end. */
export class Growing<T extends Float32Array | Float64Array | Int32Array> {
  readonly #create: (length: number) => T;
  readonly #chunks: T[] = [];
  #last: T;
  /** Numbers in the last chunk. */
  #filled = 0;

  constructor(create: (length: number) => T) {
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

  /** All numbers. */
  join(): T {
    const whole = this.#create(this.length);
    this.#chunks.forEach((chunk, i) => {
      whole.set(chunk.subarray(0, Math.min(CHUNK, whole.length - i * CHUNK)), i * CHUNK);
    });
    return whole;
  }

  #addChunk(): T {
    const chunk = this.#create(CHUNK);
    this.#chunks.push(chunk);
    return chunk;
  }
}

/** In shared memory, where ranks can read them without another copy. */
export function growingFloats(): Growing<Float32Array> {
  return new Growing((length) => new Float32Array(new SharedArrayBuffer(length * 4)));
}

export function growingInts(): Growing<Int32Array> {
  return new Growing((length) => new Int32Array(new SharedArrayBuffer(length * 4)));
}

/** For numbers that are worked on before ranks read them. */
export function growingDoubles(): Growing<Float64Array> {
  return new Growing((length) => new Float64Array(length));
}
