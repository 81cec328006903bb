import { listed, named } from '../../../../coordinator/data/quoted.js';
import { userError } from '../../../../shared/errors.js';
import { Database, identifier, literal } from './database.js';
import type { TableSource } from './source.js';
import { describe, typedTable, unreadable } from './typed.js';

/** What messages call it. */
const QUERY = 'The query of data.sql';

/**
 * The rows of a query over files, whose relative paths start from a folder. It has to order them totally: a query alone keeps no order,
 * and equal keys come as they like.
 */
export async function sqlTable(sql: string, folder: string): Promise<TableSource> {
  const database = await Database.open(QUERY);
  try {
    await database.run(`set file_search_path = ${literal(folder)}`);
    const query = sql.trim().replace(/;$/, '');
    const from = `(${query})`;
    const orders = await ordersOf(database, query);
    const columns = await describe(database, QUERY, from);
    await requireTotalOrder(
      database,
      from,
      orders,
      columns.map(({ name }) => name),
    );
    return typedTable(database, { path: QUERY, kind: 'query', from, columns });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A name of a column in `order by`, or its number from 1; undefined for anything else. */
type Order = string | number | undefined;

interface ParsedOrder {
  readonly expression: {
    readonly class: string;
    readonly column_names?: readonly string[];
    readonly value?: { readonly value: unknown };
  };
}

interface Parsed {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly {
    readonly node: {
      readonly modifiers: readonly { readonly type: string; readonly orders?: readonly ParsedOrder[] }[];
    };
  }[];
}

/** What the query is ordered by, as DuckDB's own parser reads it; it takes no statement but a select. */
async function ordersOf(database: Database, query: string): Promise<Order[]> {
  const [[text]] = await database.rows(`select json_serialize_sql(${literal(query)})::varchar`);
  const { error, error_message, statements = [] } = JSON.parse(String(text)) as Parsed;
  if (error || statements.length !== 1) {
    throw unreadable(
      QUERY,
      new Error(error_message ?? `it has ${statements.length} statements, but has to be one select`),
    );
  }
  const orders = statements[0].node.modifiers.find(({ type }) => type === 'ORDER_MODIFIER')?.orders;
  if (orders !== undefined) return orders.map(orderOf);
  throw userError(
    'SQL_NO_ORDER',
    `${QUERY} does not order its rows, so they may come otherwise in the next run; end it with order by and the columns that tell all rows apart.`,
  );
}

function orderOf({ expression }: ParsedOrder): Order {
  if (expression.class === 'COLUMN_REF') return expression.column_names?.at(-1);
  return expression.class === 'CONSTANT' ? Number(expression.value?.value) : undefined;
}

async function requireTotalOrder(
  database: Database,
  from: string,
  orders: readonly Order[],
  names: readonly string[],
): Promise<void> {
  const keys = orders.map((order) =>
    typeof order === 'number' ? names[order - 1] : names.find((name) => name.toLowerCase() === order?.toLowerCase()),
  );
  if (keys.includes(undefined)) {
    throw userError(
      'SQL_NO_ORDER',
      `${QUERY} is ordered by what is not among its columns (${listed(names, 6)}), so whether rows tie cannot be told; order by names of columns that it selects.`,
    );
  }
  const by = keys.map((key) => identifier(String(key))).join(', ');
  const tied = await database
    .rows(`select ${by} from ${from} group by ${by} having count(*) > 1 limit 1`)
    .catch((error) => {
      throw unreadable(QUERY, error);
    });
  if (tied.length === 0) return;
  throw userError(
    'SQL_NO_ORDER',
    `${QUERY} has several rows of the same ${keys.map((key) => named(String(key))).join(', ')} (${listed(tied[0].map(String), 4)}), whose order may differ in the next run; order by columns that tell all rows apart.`,
  );
}
