import type { Call, Made } from '../values.js';

/** What a kernel of TensorFlow.js becomes: one result an output. */
export type Form = (call: Call) => Made | readonly Made[];

export type Forms = Readonly<Record<string, Form>>;
