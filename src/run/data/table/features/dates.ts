/** The numbers that a date may become. Weekdays count from Monday, 0; hours have decimals. */
export const dateParts = ['days', 'year', 'month', 'day', 'weekday', 'hour'] as const;
export type DatePart = (typeof dateParts)[number];

const TOKENS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  YY: '(?<year>\\d{2})',
  MM: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{1,2})',
  hh: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2}(?:\\.\\d+)?)',
};

/** Whether a form has a year, a month and a day, each once. */
export function isDateFormat(format: string): boolean {
  const found = format.match(/YYYY|YY|MM|DD|hh|mm|ss/g) ?? [];
  const isOnce = new Set(found.map((token) => token.slice(0, 2))).size === found.length;
  return isOnce && /YY/.test(format) && ['MM', 'DD'].every((token) => format.includes(token));
}

/** Seconds since 1970 of a text in one form; NaN where it is none. The time of day may follow a date of any form, as ISO 8601 writes it. */
export function dateReader(format: string): (text: string) => number {
  const escaped = format.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const body = escaped.replaceAll(/YYYY|YY|MM|DD|hh|mm|ss/g, (token) => TOKENS[token]);
  const time = format.includes('hh')
    ? ''
    : '(?:[T ](?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2}(?:\\.\\d+)?))?)?';
  const pattern = new RegExp(`^${body}${time}(?<zone>Z|[+-]\\d{2}:?\\d{2})?$`);
  return (text) => {
    const groups = pattern.exec(text)?.groups;
    return groups === undefined ? Number.NaN : secondsOf(groups);
  };
}

function secondsOf({
  year,
  month,
  day,
  hour = '0',
  minute = '0',
  second = '0',
  zone = 'Z',
}: Record<string, string>): number {
  const [y, m, d, h, min] = [fullYear(year), month, day, hour, minute].map(Number);
  const midnight = Date.UTC(y, m - 1, d);
  const date = new Date(midnight);
  // 31 April would become 1 May.
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d || h > 23 || min > 59 || Number(second) >= 61)
    return Number.NaN;
  return midnight / 1000 + h * 3600 + min * 60 + Number(second) - offsetOf(zone);
}

/** Two digits are of 1970 to 2069, as in POSIX with its turn at 69. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(-2)].map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

const DAY = 86_400;

/** One number of a moment in UTC, given in seconds since 1970. */
export function partOf(part: DatePart, seconds: number): number {
  if (!Number.isFinite(seconds)) return seconds;
  const date = new Date(seconds * 1000);
  const midnight = Math.floor(seconds / DAY);
  const parts: Record<DatePart, () => number> = {
    days: () => seconds / DAY,
    year: () => date.getUTCFullYear(),
    month: () => date.getUTCMonth() + 1,
    day: () => date.getUTCDate(),
    weekday: () => (((midnight + 3) % 7) + 7) % 7,
    hour: () => (seconds - midnight * DAY) / 3600,
  };
  return parts[part]();
}
