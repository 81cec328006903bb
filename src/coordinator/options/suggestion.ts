import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant; null where all are too far from the given one for anybody to have meant them. */
export function nearestTo(given: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const nearest = closest(
    given.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const name = known.find((one) => one.toLowerCase() === nearest) as string;
  return distance(given.toLowerCase(), nearest) <= Math.max(2, Math.floor(given.length / 2)) ? name : null;
}

/** What to say after the name of something that is not there: a suggestion, or some of the names that there are. */
export function suggestion(given: string, known: readonly string[]): string {
  const nearest = nearestTo(given, known);
  if (nearest !== null) return `did you mean ${nearest}?`;
  return `there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''}.`;
}
