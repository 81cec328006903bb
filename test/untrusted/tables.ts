import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRaw } from '../../src/run/data/table/raw.js';
import { openTable } from '../../src/run/data/table/source/open.js';
import { surveyTable } from '../../src/run/data/table/survey/survey.js';
import { files } from '../run/data/table/tables.js';
import { mutateBytes } from './mutate.js';
import type { Subject } from './subject.js';

const tables = ['members.csv', 'members-comma.csv', 'members-packed.csv.gz', 'members.parquet', 'members.jsonl'];

/** Tables of every form, read in both ways: as texts and as numbers. */
export async function tableSubjects(share: number): Promise<Subject[]> {
  return Promise.all(
    tables.map(async (name): Promise<Subject> => {
      const good = await readFile(join(files, name));
      return {
        ...{ kind: 'data', share: share / tables.length, title: `the table ${name}`, isSlow: true },
        damage: (choices) => ({ [name]: mutateBytes(good, choices) }),
        read: async (folder) => {
          const path = join(folder, name);
          await surveyTable(path);
          await readNumbers(path);
        },
      };
    }),
  );
}

async function readNumbers(path: string): Promise<void> {
  const source = await openTable(path, {});
  try {
    await readRaw(
      source,
      source.columns.map((_, index) => ({ index, as: 'number' })),
    );
  } finally {
    await source.close();
  }
}
