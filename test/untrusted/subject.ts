import type { Choices } from '../helpers/faults.js';

/** What is damaged, and read by whom. */
export const kinds = ['checkpoints', 'models', 'configs', 'data', 'arrays', 'pictures', 'runs'] as const;
export type Kind = (typeof kinds)[number];

/** Contents by file name. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** One way of damaging files of a kind. */
export interface Subject {
  readonly kind: Kind;
  readonly title: string;
  /** Its share of the runs of its kind. */
  readonly share: number;
  /** Whether a case takes milliseconds. */
  readonly isSlow?: true;
  damage(choices: Choices): Files;
  /** Reads the damaged files in a folder. */
  read(folder: string): Promise<unknown>;
}
