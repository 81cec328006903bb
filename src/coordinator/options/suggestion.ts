import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant; null where all are too far from the given one for anybody to have meant them. */
export function nearestTo(given: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const nearest = closest(
    given.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const name = known.find((one) => one.toLowerCase() === nearest) as string;
  return isNear(given, name) ? name : null;
}

/** Whether somebody who wrote one name may have meant the other. */
export function isNear(given: string, name: string): boolean {
  return distance(given.toLowerCase(), name.toLowerCase()) <= Math.max(2, Math.floor(given.length / 2));
}

/** What to say after the name of something that is not there: a suggestion, or some of the names that there are. */
export function suggestion(given: string, known: readonly string[]): string {
  const nearest = nearestTo(given, known);
  return nearest === null ? someOf(known) : `did you mean ${nearest}?`;
}

/** Some of the names that there are. */
export function someOf(names: readonly string[]): string {
  const known = [...new Set(names)];
  return `there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''}.`;
}
