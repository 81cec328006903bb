import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../shared/packageRoot.js';
import { Html, html } from './html.js';
import type { ReportedRun } from './read.js';
import {
  comparisonSection,
  configSection,
  curvesSection,
  epochsSection,
  originSection,
  summarySection,
  validationSection,
} from './sections.js';

/** One run, or several beside each other, as a page that needs nothing but itself. */
export async function reportPage(runs: readonly ReportedRun[]): Promise<string> {
  const [run] = runs;
  const title = runs.length === 1 ? run.config.name : runs.map(({ label }) => label).join(', ');
  const sections =
    runs.length === 1
      ? [
          summarySection(run),
          curvesSection(runs),
          validationSection(run.validation),
          configSection(run),
          epochsSection(run),
          originSection(run),
        ]
      : [comparisonSection(runs), curvesSection(runs)];
  const { charts, chartStyle, style, script } = await assets();
  const policy = new Html("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title} – Lockstep</title>
<style>${chartStyle}${style}</style>
</head>
<body>
<header><h1>${title}</h1><p>${subtitle(runs)}</p></header>
<main>${sections}</main>
<noscript><p>Charts and pictures need JavaScript; every number is in the tables.</p></noscript>
<script>${charts}</script>
<script>${script}</script>
</body>
</html>
`.text;
}

function subtitle(runs: readonly ReportedRun[]): string {
  return runs.length === 1 ? runs[0].directory : `${runs.length} runs`;
}

/** What the page carries with it: uPlot (MIT), and our own style and script. */
async function assets(): Promise<Record<'charts' | 'chartStyle' | 'style' | 'script', Html>> {
  const library = join(createRequire(import.meta.url).resolve('uplot/package.json'), '..', 'dist');
  const own = join(packageRoot(import.meta.url), 'assets', 'report');
  const read = async (...path: string[]): Promise<Html> => new Html(await readFile(join(...path), 'utf8'));
  return {
    charts: await read(library, 'uPlot.iife.min.js'),
    chartStyle: await read(library, 'uPlot.min.css'),
    style: await read(own, 'report.css'),
    script: await read(own, 'report.js'),
  };
}
