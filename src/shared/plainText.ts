/**
 * Text that may come from a file, made fit for a terminal: control characters could set its title, move the cursor or do
 * worse, and marks of direction show a text as another one. Line ends and tabs stay.
 */
export function plainText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

const UNSAFE = /[^\P{Cc}\n\t]|[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The longest word and the longest line of a sentence: ample for a path. */
const MOST_OF_WORD = 300;
const MOST_OF_LINE = 1_000;

/** The same for a message of one sentence a line, in which a value of a file stands cut short. */
export function plainSentence(text: string): string {
  const lines = text.length <= MOST_OF_WORD ? text : text.split('\n').map(shortened).join('\n');
  return plainText(lines);
}

function shortened(line: string): string {
  return cut(
    line.replace(/\S{301,}/g, (word) => cut(word, MOST_OF_WORD)),
    MOST_OF_LINE,
  );
}

/** Both ends tell something: a path its file, a sentence its advice. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 3);
  return `${text.slice(0, most - end)}…${text.slice(-end)}`;
}
