import { writeWholeFile } from '../../shared/writing/wholeFile.js';
import { writeJson } from '../json.js';
import { runPaths } from '../paths.js';
import { reportPage } from './page.js';
import { readRun } from './read.js';
import type { ValidationFacts } from './validation.js';

/** The report of one run, or of several beside each other. */
export async function renderReport(targets: readonly string[]): Promise<string> {
  return reportPage(await Promise.all(targets.map(readRun)));
}

/** Writes the report of a run into its directory, with how its model does on the rows it was validated on. */
export async function writeReport(directory: string, validation: ValidationFacts | null): Promise<void> {
  await writeJson(runPaths(directory).validation, validation);
  await writeWholeFile(runPaths(directory).report, await renderReport([directory]));
}
