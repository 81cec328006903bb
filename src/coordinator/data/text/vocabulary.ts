/** Numbers that are no token: the end of a text that is shorter than the others, and a token that is not in the vocabulary. */
export const PADDING = 0;
export const UNKNOWN = 1;

/** Where numbers of tokens begin. */
const FIRST = 2;

/**
 * The tokens of some texts, the most frequent first, equal ones in descending order of their code points: the order of Keras's
 * TextVectorization. Their numbers begin at 2. `most`: numbers there may be, the two that are no token included.
 */
export function vocabularyOf(texts: Iterable<readonly string[]>, most?: number): string[] {
  const counts = new Map<string, number>();
  for (const tokens of texts) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const descending = ([a, m]: [string, number], [b, n]: [string, number]): number =>
    n - m || Buffer.compare(Buffer.from(b), Buffer.from(a));
  const tokens = [...counts].sort(descending).map(([token]) => token);
  return most === undefined ? tokens : tokens.slice(0, Math.max(0, most - FIRST));
}

/** Numbers there are with a vocabulary, those that are no token included. */
export const sizeOfVocabulary = (tokens: readonly string[]): number => tokens.length + FIRST;

/** Names of all numbers, in their order. */
export const namesOfNumbers = (tokens: readonly string[]): string[] => ['', '[UNK]', ...tokens];

/** The number of each token. */
export function numberer(tokens: readonly string[]): (token: string) => number {
  const numbers = new Map(tokens.map((token, i) => [token, i + FIRST]));
  return (token) => numbers.get(token) ?? UNKNOWN;
}
