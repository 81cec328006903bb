/** How a table writes numbers. */
export interface NumberFormat {
  /** The mark before the decimals; default `.`. */
  readonly decimal?: Decimal;
  /** The mark between groups of digits; none by default. */
  readonly thousands?: Thousands;
}

export const decimals = ['.', ','] as const;
export const thousandsMarks = [',', '.', ' ', "'", '_'] as const;
export type Decimal = (typeof decimals)[number];
export type Thousands = (typeof thousandsMarks)[number];

/** The number that a cell holds; NaN where it holds none. */
export type ReadNumber = (cell: string) => number;

/**
 * Reads decimal numbers, which may have a sign and an exponent, and nothing else: what JavaScript takes beyond them (an empty
 * text for 0, `0x1F`, `Infinity`) is no number of a table.
 */
export function numberReader({ decimal = '.', thousands }: NumberFormat = {}): ReadNumber {
  const pattern = new RegExp(`^${numberPattern({ decimal, ...(thousands !== undefined && { thousands }) })}$`);
  const marks = thousands === undefined ? null : new RegExp(markPattern(thousands), 'g');
  return (cell) => {
    const text = cell.trim();
    if (!pattern.test(text)) return Number.NaN;
    const digits = marks === null ? text : text.replace(marks, '');
    return Number(decimal === '.' ? digits : digits.replace(decimal, '.'));
  };
}

/** The regular expression of a number, in the syntax that JavaScript and RE2 share. */
export function numberPattern({ decimal = '.', thousands }: NumberFormat): string {
  return `[+-]?(?:${wholePart(thousands)}(?:\\${decimal}\\d*)?|\\${decimal}\\d+)(?:[eE][+-]?\\d+)?`;
}

/** Digits alone, or in groups: three of them last, and two or three in those between, as in India and elsewhere. */
function wholePart(thousands: Thousands | undefined): string {
  if (thousands === undefined) return '\\d+';
  const mark = markPattern(thousands);
  return `(?:\\d{1,3}(?:${mark}\\d{2,3})*${mark}\\d{3}|\\d+)`;
}

/** A space stands for the spaces that do not break a line, too. */
function markPattern(thousands: Thousands): string {
  return thousands === ' ' ? '[ \u00a0\u202f]' : `\\${thousands}`.replace('\\_', '_').replace("\\'", "'");
}

const FORMATS: readonly NumberFormat[] = [
  { decimal: ',' },
  ...thousandsMarks.filter((mark) => mark !== '.').map((thousands): NumberFormat => ({ thousands })),
  ...thousandsMarks.filter((mark) => mark !== ',').map((thousands): NumberFormat => ({ decimal: ',', thousands })),
];

/** Which options would make a number of a cell, in words; empty where none would. */
export function formatsFor(cell: string): string {
  const fitting = FORMATS.filter((format) => Number.isFinite(numberReader(format)(cell)));
  const least = Math.min(...fitting.map((format) => Object.keys(format).length));
  return fitting
    .filter((format) => Object.keys(format).length === least)
    .map(inWords)
    .join(', or ');
}

function inWords(format: NumberFormat): string {
  return Object.entries(format)
    .map(([key, mark]) => `data.${key} to "${mark}"`)
    .join(' and ');
}

/** How other tools write a value that is not there; case does not matter. */
export const missingWords = ['', 'nan', 'na', 'n/a', 'null', 'none', '?', '-'] as const;

const MISSING: ReadonlySet<string> = new Set(missingWords);

/** Whether a cell is left blank or says that its value is not there. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim().toLowerCase());
}
