import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { recognised } from './formats.js';
import { lookAt } from './found.js';
import type { Survey } from './survey.js';

/** What a path holds, where it is data that some format knows; undefined where it is not. */
export async function surveyData(path: string): Promise<Survey | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere || (await holdsRunOrModel(path))) return undefined;
  return recognised(await lookAt(path))?.survey?.(path);
}

/** A folder of a run or a model, which may lie among anything else. */
async function holdsRunOrModel(path: string): Promise<boolean> {
  const found = await Promise.allSettled(['config.json', 'model.json'].map((name) => stat(join(path, name))));
  return found.some(({ status }) => status === 'fulfilled');
}
