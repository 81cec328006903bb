/** What to give where a length of a row must not be left open, as in [null, 2]: the end of a sentence after "give". */
export const INSTEAD_OF_OPEN_LENGTH =
  'one length for all rows: pad sequences to the longest, so that [null, 2] becomes [100, 2], and let a Masking, or an Embedding with maskZero, leave out the steps that were filled in';
