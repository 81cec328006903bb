import { listed } from '../../../../coordinator/data/quoted.js';
import { userError } from '../../../../shared/errors.js';
import type { RowPlace, RowSink, TableSource, WantedColumn } from './source.js';

/** Tables of the same columns, one behind the other. */
export function joinedTable(path: string, parts: readonly TableSource[]): TableSource {
  const [first, ...others] = parts;
  for (const other of others) requireSame(first, other);
  const rowsOf: number[] = [];
  return {
    ...first,
    path,
    kind: `${first.kind} of ${parts.length} files`,
    scan: async (wanted, sink) => {
      const found = await scanAll(parts, wanted, sink);
      rowsOf.splice(0, rowsOf.length, ...found);
      return found.reduce((sum, rows) => sum + rows, 0);
    },
    locate: (rows) => locate(parts, rowsOf, rows),
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

/** A part that begins anew makes all rows before it void: then all parts are gone through again, and that one does so no more. */
async function scanAll(
  parts: readonly TableSource[],
  wanted: readonly WantedColumn[],
  sink: RowSink,
): Promise<number[]> {
  for (;;) {
    sink.begin();
    const rows: number[] = [];
    let isVoid = false;
    for (const part of parts) {
      let begun = 0;
      const through: RowSink = {
        begin: () => begun++,
        add: (batch) => {
          if (begun === 1 && !isVoid) sink.add(batch);
        },
      };
      rows.push(await part.scan(wanted, through));
      isVoid ||= begun > 1;
    }
    if (!isVoid) return rows;
  }
}

async function locate(
  parts: readonly TableSource[],
  rowsOf: readonly number[],
  rows: readonly number[],
): Promise<RowPlace[]> {
  const places: RowPlace[] = [];
  let before = 0;
  for (const [i, part] of parts.entries()) {
    const own = rows.filter((row) => row >= before && row < before + rowsOf[i]).map((row) => row - before);
    if (own.length > 0) places.push(...(await part.locate(own)));
    before += rowsOf[i];
  }
  return places;
}

function requireSame(first: TableSource, other: TableSource): void {
  const names = ({ columns }: TableSource): string[] => columns.map(({ name, type }) => `${name} ${type}`);
  const [a, b] = [names(first), names(other)];
  if (a.length === b.length && a.every((name, i) => name === b[i])) return;
  const differing = b.filter((name, i) => name !== a[i]);
  throw userError(
    'TABLE_COLUMNS',
    `${other.path} has ${b.length} columns, of which ${listed(differing.length > 0 ? differing : b, 4)} are not those of ${first.path}, which has ${a.length}; give files of the same columns in the same order.`,
  );
}
