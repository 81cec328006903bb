import { userError } from '../shared/errors.js';
import type { Port } from '../shared/program/program.js';

/** The input or output of a model that has one; throws `SEVERAL_TENSORS` for a model of several. */
export function onlyPort(kind: string, ports: readonly Port[]): Port {
  if (ports.length === 1) return ports[0];
  const names = ports.map(({ name }) => name).join(', ');
  throw userError(
    'SEVERAL_TENSORS',
    `The model has ${ports.length} ${kind}s (${names}), but a table gives one; name a module of rows in data.source, or use the library: there x and y are records by name.`,
  );
}
