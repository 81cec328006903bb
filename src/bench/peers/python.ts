import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userError } from '../../shared/errors.js';

/** Where the peers' scripts and their README are. */
export const peersFolder = join(dirname(fileURLToPath(import.meta.url)), '../../../../bench/peers');

/** The Python that runs the peers, or why there is none. */
export type PythonSearch = { readonly python: string } | { readonly reason: string };

/** What the user names, else LOCKSTEP_PEERS_PYTHON, else the virtual environment beside the scripts. */
export function findPython(given: string | undefined): PythonSearch {
  const named = given ?? process.env.LOCKSTEP_PEERS_PYTHON;
  if (named !== undefined) {
    if (existsSync(named)) return { python: named };
    throw userError('NO_PYTHON', `There is no Python at ${named}; give the path of one that has the peers installed.`);
  }
  const own = join(peersFolder, 'venv/bin/python');
  if (existsSync(own)) return { python: own };
  return { reason: 'no Python with the peers; bench/peers/README.md says how to install them' };
}
