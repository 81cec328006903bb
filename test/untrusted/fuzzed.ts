/**
 * The process that reads damaged files: cases [first, end) of one subject, told by its arguments. It writes the number of
 * the case in progress to a file, so that the process that watches it knows which one it hangs or dies in, and tells
 * that process of cases that end badly.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Choices } from '../helpers/faults.js';
import { allocated, excessOf, faultOf } from './outcome.js';
import { openSubjects, writeFiles } from './subjects.js';

/** What the process tells the one that watches it. */
export type FromFuzzed =
  | { readonly seed: number; readonly problem: string }
  | { readonly done: number; readonly mostTaken: number };

const [folder, title, ...numbers] = process.argv.slice(2);
const [first, end] = numbers.map(Number);
const subject = (await openSubjects(folder)).find((each) => each.title === title);
if (subject === undefined) throw new Error(`There is no subject ${title}.`);
const current = openSync(join(folder, 'current'), 'w');
let seed = first;
let mostTaken = 0;

const tell = (message: FromFuzzed): void => void process.send?.(message);
process.on('unhandledRejection', (error) => tell({ seed, problem: `a rejection was not handled: ${error}` }));

for (; seed < end; seed++) {
  writeSync(current, String(seed).padEnd(16), 0);
  const place = join(folder, 'damaged');
  const size = await writeFiles(place, subject.damage(new Choices(seed)));
  const before = allocated();
  const problem = await faultOf(() => subject.read(place));
  const taken = allocated() - before;
  mostTaken = Math.max(mostTaken, taken);
  const wrong = problem ?? excessOf(taken, size);
  if (wrong !== null) tell({ seed, problem: wrong });
}
closeSync(current);
tell({ done: end - first, mostTaken });
process.disconnect();
