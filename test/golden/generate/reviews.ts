import { listClasses } from '../../../src/coordinator/data/classFolder.js';
import { stratifiedSplit } from '../../../src/coordinator/data/stratified.js';
import { text } from '../../../src/run/data/text/format.js';
import { writeReviews } from '../../helpers/reviews.js';

/** Writes the reviews to a folder, and prints which of them a run of seed 0 validates on. */
const [, , folder] = process.argv;
await writeReviews(folder);
const { files } = await listClasses(folder, { what: text.key, ends: ['.txt'] });
const { validation } = stratifiedSplit(
  files.map(({ label }) => label),
  0.2,
  0,
);
console.log(JSON.stringify(Array.from(validation, (row) => files[row].name)));
