import type { z } from 'zod';
import type { ArrayFile } from '../../../coordinator/data/arrays/arrayFile.js';
import type { FoundPath } from '../found.js';
import type { Part, Places, Role } from './parts.js';
import type { commonFields } from './section.js';
import type { StarterArrays } from './starter.js';

/** What all sections of arrays have. */
export type ArraySection = z.ZodObject<typeof commonFields>;

/** A section of arrays, whatever its format has beside what all have. */
export type ArrayData = z.output<ArraySection> & Readonly<Record<string, unknown>>;

/** What is opened, and for which model. */
export interface Opening {
  readonly path: string;
  /** A file of labels beside it. */
  readonly labels: string | undefined;
  readonly role: Role;
  /** Names of the model's inputs and outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** How the training rows were read; undefined while these are opened. */
  readonly places: Places | undefined;
}

/** What is particular to a format of arrays. */
export interface ArrayKind {
  readonly key: string;
  readonly schema: z.ZodObject;
  readonly paths: readonly string[];
  readonly file: string;
  /** What `inspect` calls it. */
  readonly title: string;
  recognises(found: FoundPath): boolean;
  /** Opens a path as what it is, for whoever wants to know what it holds. */
  openFile(path: string): Promise<ArrayFile>;
  /** Arrays that a starter config would train on; absent where a file does not tell what it holds. */
  begin?(path: string, label: string | undefined): Promise<StarterArrays>;
  /** What a section says that cannot be, beside what none may say. */
  conflict?(data: ArrayData): string | undefined;
  /** Opens the arrays of a path; `reading` is the section without its paths. */
  open(reading: ArrayData, opening: Opening): Promise<Part>;
}
