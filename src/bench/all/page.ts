import { userError } from '../../shared/errors.js';
import { renderBudget } from './budget.js';
import { type BenchmarkName, benchmarkNames, benchmarkRuns, type Results } from './runs.js';

/** A part of the page that is made of results: between `<!-- NAME -->` and `<!-- /NAME -->`, each alone on its line. */
type Section = BenchmarkName | 'budget';

const sections: readonly Section[] = ['budget', ...benchmarkNames];

/**
 * Puts the results into a Markdown page: each of its sections gets the text of the benchmark it is named after. What
 * stands outside of sections stays; sections without a result stay as they are.
 */
export function fillPage(page: string, results: Results): string {
  const named = [...page.matchAll(/^<!-- (\w+) -->$/gm)].map(([, name]) => name);
  const unknown = named.find((name) => !sections.some((section) => section === name));
  if (unknown !== undefined)
    throw userError('UNKNOWN_SECTION', `The page has a section ${unknown}; sections are ${sections.join(', ')}.`);
  return sections.reduce((text, section) => {
    const filled = renderSection(section, results);
    if (filled === null) return text;
    const place = new RegExp(`^<!-- ${section} -->$[^]*?^<!-- /${section} -->$`, 'm');
    return text.replace(place, () => `<!-- ${section} -->\n\n${filled}\n\n<!-- /${section} -->`);
  }, page);
}

function renderSection(section: Section, results: Results): string | null {
  return section === 'budget' ? renderBudget(results) : renderResult(section, results);
}

function renderResult<K extends BenchmarkName>(name: K, results: Results): string | null {
  const result = results[name];
  if (result === undefined) return null;
  const { command, began, report } = result;
  const text = benchmarkRuns[name].render(report);
  return `\`${command}\`, ${began.slice(0, 10)}:\n\n\`\`\`text\n${text}\n\`\`\``;
}
