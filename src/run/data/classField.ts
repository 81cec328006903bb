import { type ClassFolder, countClasses } from '../../coordinator/data/classFolder.js';
import { named } from '../../coordinator/data/quoted.js';
import type { FieldSurvey } from './survey.js';

/** The classes of a folder as a field, with how many files each has. */
export function classField(folder: ClassFolder): FieldSurvey {
  const counts = countClasses(folder);
  const values = folder.classes.map((name, i) => ({ value: named(name), rows: counts[i] }));
  return {
    name: 'class',
    type: 'folder',
    distinct: values.length,
    values: values.sort((a, b) => b.rows - a.rows).slice(0, 20),
  };
}
