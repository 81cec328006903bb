import { appendFile, mkdir, readdir, stat, truncate } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Point, summaryEvent, versionEvent } from './event.js';
import { record } from './record.js';

/** What is remembered of a file, for a run that goes on. */
export interface EventFileState {
  /** Its name within its folder; empty before the first event. */
  readonly name: string;
  /** Bytes that count. */
  readonly length: number;
}

const NONE: EventFileState = { name: '', length: 0 };

/**
 * A file of events in a folder, which TensorBoard shows as one curve a tag. A run that goes on cuts it where its checkpoint was
 * taken and adds to it: no step is there twice, and a TensorBoard that is reading it finds its place, as records of the same
 * steps have the same lengths.
 */
export class EventFile {
  readonly #folder: string;
  #state = NONE;
  #isOpen = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get state(): EventFileState {
    return this.#state;
  }

  /** Goes on behind what counted then; with no state, in a file of its own. */
  begin(state = NONE): void {
    this.#state = state;
    this.#isOpen = false;
  }

  /** Begins the first file that stands in the folder anew. */
  async beginAgain(): Promise<void> {
    const [name = ''] = await eventFiles(this.#folder);
    this.begin({ name, length: 0 });
  }

  /** @param seconds When that was, since 1970. */
  async write(step: number, points: readonly Point[], seconds = Date.now() / 1000): Promise<void> {
    if (points.length === 0) return;
    if (!this.#isOpen) await this.#open(seconds);
    await this.#append(summaryEvent(seconds, step, points));
  }

  /** No earlier than an event is due, so that a fit that is refused leaves the folder alone. */
  async #open(seconds: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const { name, length } = this.#state;
    const isThere = name !== '' && (await sizeOf(join(this.#folder, name))) >= length;
    if (isThere) await truncate(join(this.#folder, name), length);
    else this.#state = { name: await this.#newName(seconds), length: 0 };
    if (this.#state.length === 0) await this.#append(versionEvent(seconds));
    this.#isOpen = true;
  }

  /** TensorBoard reads the files of a folder in the order of their names. */
  async #newName(seconds: number): Promise<string> {
    const others = await eventFiles(this.#folder);
    return `${PREFIX}${Math.floor(seconds)}.${hostname()}.${others.length}`;
  }

  async #append(event: Buffer): Promise<void> {
    const bytes = record(event);
    await appendFile(join(this.#folder, this.#state.name), bytes);
    this.#state = { ...this.#state, length: this.#state.length + bytes.length };
  }
}

const PREFIX = 'events.out.tfevents.';

/** None of a folder that is not there. */
async function eventFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(PREFIX)).sort();
}

/** Of a file that is not there, −1. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => -1,
  );
}
