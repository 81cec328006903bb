import { data } from '../../../src/index.js';
import { writeDigits } from '../../helpers/digitPictures.js';

/** Writes the pictures of digits to a folder, and prints which of them a run of seed 0 trains on. */
const [, , folder] = process.argv;
await writeDigits(folder);
const { files } = await data.images(folder, { size: [8, 8], validationSplit: 0.2 });
console.log(JSON.stringify(files));
