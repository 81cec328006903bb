import type { Builder } from './builder.js';

/**
 * The gradients of values on their way back through the graph. A value that several calls read gets the sum of what they
 * send back, in the order in which they send it. A buffer is handed on as it is where that is possible; one that stands
 * for several gradients is copied for all but its last taker.
 */
export class Gradients {
  readonly #to: Builder;
  readonly #sent = new Map<number, number[]>();
  /** How many gradients that are still to be taken stand in a buffer. */
  readonly #holds = new Map<number, number>();

  constructor(to: Builder) {
    this.#to = to;
  }

  /** A reader of the value sends a gradient back; −1 for none. */
  send(value: number, buffer: number): void {
    if (buffer < 0) return;
    this.#sent.set(value, [...(this.#sent.get(value) ?? []), buffer]);
    this.#holds.set(buffer, this.#holdsOf(buffer) + 1);
  }

  /** The buffer of the value's whole gradient, which belongs to the taker from now on; −1 for none. */
  take(value: number, name: string, size: number): number {
    const sent = this.#sent.get(value) ?? [];
    if (sent.length === 0) return -1;
    const target = sent.slice(0, 2).find((buffer) => this.#holdsOf(buffer) === 1) ?? this.#to.buffer(name, size);
    this.#sum(sent, target, size);
    for (const buffer of sent) this.#holds.set(buffer, this.#holdsOf(buffer) - 1);
    this.#sent.delete(value);
    return target;
  }

  #sum([first, ...others]: readonly number[], target: number, size: number): void {
    if (others.length === 0 && first !== target) {
      this.#to.emitBackward({ kernel: 'combine', args: { a: first, b: -1, y: target, size, alpha: 1, beta: 0 } });
    }
    others.forEach((b, i) => {
      const a = i === 0 ? first : target;
      this.#to.emitBackward({ kernel: 'combine', args: { a, b, y: target, size, alpha: 1, beta: 1 } });
    });
  }

  #holdsOf(buffer: number): number {
    return this.#holds.get(buffer) ?? 0;
  }
}
