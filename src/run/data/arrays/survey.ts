import type { ArrayFile } from '../../../coordinator/data/arrays/arrayFile.js';
import { inWords, isText } from '../../../coordinator/data/arrays/elements.js';
import {
  readNumbers,
  readTexts,
  rowsOf,
  type StoredArray,
  sizeOfShape,
} from '../../../coordinator/data/arrays/storedArray.js';
import type { FieldSurvey, Survey, ValueCount } from '../survey.js';

/** Arrays are looked at whole up to so many numbers; of larger ones their first rows are. */
const MOST_NUMBERS = 20_000_000;
/** Arrays whose values are counted: labels have few. */
const MOST_DISTINCT = 1000;
const MOST_TOLD = 20;
const CHUNK = 1 << 20;

/** What is known of the values of an array. */
export interface ArrayFacts {
  readonly array: StoredArray;
  /** Rows that were looked at, from the first on. */
  readonly seen: number;
  readonly min: number;
  readonly max: number;
  /** Every value is a whole number. */
  readonly isWhole: boolean;
  /** Rows that were looked at and have a NaN; absent where an array cannot hold one. */
  readonly missing?: number;
  /** Values with how many rows have each, where an array has one a row and few different ones: the most frequent first. */
  readonly counts: readonly ValueCount[] | undefined;
}

/** What the arrays of a file are. */
export async function surveyArrays(kind: string, file: ArrayFile): Promise<Survey> {
  const fields: FieldSurvey[] = [];
  const rows = new Set<number>();
  let bytes = 0;
  for (const name of file.names) {
    const facts = factsOf(await file.open(name));
    const { shape, element } = facts.array;
    if (shape.length > 0) rows.add(shape[0]);
    bytes += sizeOfShape(shape) * element.bytes;
    fields.push(fieldOf(name === '' ? 'array' : name, facts));
  }
  file.close();
  const common = rows.size === 1 ? { rows: [...rows][0] } : {};
  return { kind, facts: { ...common, arrays: file.names.length, bytes }, fields };
}

/** Looks at the values of an array. */
export function factsOf(array: StoredArray): ArrayFacts {
  const { rows, row } = rowsOf(array);
  if (isText(array.element)) return textFacts(array, rows);
  const size = sizeOfShape(row);
  const seen = Math.min(rows, Math.max(1, Math.floor(MOST_NUMBERS / Math.max(1, size))));
  const most = Math.max(1, Math.floor(CHUNK / Math.max(1, size)));
  const counts = size === 1 ? new Map<number, number>() : null;
  let [min, max, isWhole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  let [missing, lastMissing, at] = [0, -1, 0];
  for (let from = 0; from < seen; from += most) {
    for (const value of readNumbers(array, { from, to: Math.min(seen, from + most) })) {
      const inRow = Math.floor(at++ / size);
      if (Number.isNaN(value) && inRow !== lastMissing) {
        missing++;
        lastMissing = inRow;
      }
      if (value < min) min = value;
      if (value > max) max = value;
      isWhole &&= Number.isInteger(value);
      if (counts !== null && counts.size <= MOST_DISTINCT) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const isCounted = counts !== null && isWhole && counts.size <= MOST_DISTINCT;
  const facts = { array, seen, min, max, isWhole, counts: isCounted ? sorted(counts) : undefined };
  return array.element.type.includes('float') ? { ...facts, missing } : facts;
}

function textFacts(array: StoredArray, rows: number): ArrayFacts {
  const counts = new Map<string, number>();
  if (array.shape.length === 1) {
    for (const text of readTexts(array, { from: 0, to: rows })) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return { array, seen: rows, min: Number.NaN, max: Number.NaN, isWhole: false, counts: sorted(counts) };
}

function sorted(counts: ReadonlyMap<number | string, number>): ValueCount[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([value, rows]) => ({ value: String(value), rows }));
}

function fieldOf(name: string, { array, seen, min, max, missing, counts }: ArrayFacts): FieldSurvey {
  const { rows, row } = rowsOf(array);
  const axes = array.shape.length === 0 ? ', a single one' : ` [${row.join(', ')}]`;
  return {
    name,
    type: `${inWords(array.element)}${row.length === 0 && array.shape.length > 0 ? '' : axes}`,
    ...(missing !== undefined && { missing }),
    ...(counts !== undefined && { distinct: counts.length }),
    ...(min <= max && { range: `${shown(min)} to ${shown(max)}` }),
    ...(counts !== undefined && counts.length <= MOST_TOLD && { values: counts }),
    ...(seen < rows && { remark: `of the first ${seen} of ${rows} rows` }),
  };
}

function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
