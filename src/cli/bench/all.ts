import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type BenchmarkName, benchmarkNames, type Results } from '../../bench/all/runs.js';
import { scalingChart } from '../../bench/scaling/chart.js';
import { writeOutput } from '../../run/outputFile.js';
import { userError } from '../../shared/errors.js';
import { print } from '../output.js';
import { nameList } from './work.js';

interface AllCommandOptions {
  readonly only: readonly BenchmarkName[];
  readonly out: string;
}

export function addAllCommand(bench: Command): void {
  bench
    .command('all')
    .description('Runs every benchmark, each in a process of its own, and writes their results to one JSON file.')
    .option('--only <list>', 'some of them; the results that the file has of others stay', nameList(benchmarkNames), [
      ...benchmarkNames,
    ])
    .requiredOption('--out <file>', 'where the results go')
    .addHelpText('after', '\nExample:\n  $ lockstep bench all --out results.json --only step,peers')
    .action(async ({ only, out }: AllCommandOptions) => {
      const { benchAll } = await import('../../bench/all/all.js');
      const isPart = only.length < benchmarkNames.length;
      const before = isPart ? await readResults(out, true) : {};
      const program = fileURLToPath(new URL('../main.js', import.meta.url));
      await benchAll({ only, program, before }, (results) => writeOutput(out, `${JSON.stringify(results)}\n`));
    });
}

export function addPageCommand(bench: Command): void {
  bench
    .command('page')
    .description('Puts the results of `bench all` into a Markdown page, with a chart of the scaling beside it.')
    .argument('<results>', 'what `bench all` has written')
    .argument('<page>', 'the page: text between <!-- step --> and <!-- /step --> becomes that of `bench step`, …')
    .addHelpText('after', '\nExample:\n  $ lockstep bench page docs/benchmarks/results.json docs/benchmarks.md')
    .action(async (from: string, page: string) => {
      const { fillPage } = await import('../../bench/all/page.js');
      const results = await readResults(from, false);
      const text = await readFile(page, 'utf8').catch((error: Error) => {
        throw userError('NO_PAGE', `The page ${page} cannot be read: ${error.message}.`);
      });
      await writeOutput(page, fillPage(text, results));
      if (results.scaling === undefined) return;
      const chart = join(dirname(from), 'scaling.svg');
      await writeOutput(chart, scalingChart(results.scaling.report));
      print(`wrote ${page} and ${chart}`);
    });
}

async function readResults(path: string, mayBeNew: boolean): Promise<Results> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Results;
  } catch (error) {
    if (mayBeNew && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw userError('NO_RESULTS', `No results can be read from ${path}: ${(error as Error).message}.`);
  }
}
