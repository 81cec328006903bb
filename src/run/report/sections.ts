import { chosenSettings, differingSettings } from './differences.js';
import { Html, html, scriptData, table } from './html.js';
import type { ReportedRun } from './read.js';
import type { Mistake, Picture, ValidationFacts } from './validation.js';

/** A number as people read it: at most five digits. */
export function digits(value: unknown): string {
  if (typeof value !== 'number') return value === undefined ? '–' : String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Number(value.toPrecision(5)).toString();
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What the run is and how it ended, in a few lines. */
export function summarySection(run: ReportedRun): Html {
  const { start, summary, config, epochs, starts, state, step } = run;
  const best = bestEpoch(run);
  const rows: [string, string][] = [
    ['state', state],
    ['epochs', `${epochs.length} of ${config.fit.epochs}`],
    ['steps', digits(step)],
    ...(best === undefined
      ? []
      : [[`best ${best.name}`, `${digits(best.value)} in epoch ${best.epoch}`] as [string, string]]),
    ['rows', `${digits(start.rows)} to train, ${digits(start.validationRows)} to validate`],
    ['parameters', digits(start.parameters)],
    ['started', `${starts} ${starts === 1 ? 'time' : 'times'}`],
    ['seconds of the last start', digits(summary.seconds)],
  ];
  return html`<section><h2>Summary</h2>${definitions(rows)}${lastValues(run)}</section>`;
}

function definitions(rows: readonly [string, string | Html][]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Loss and metrics: of the last epoch and the best of all, training and validation side by side. */
function lastValues({ epochs }: ReportedRun): Html {
  const names = metricNames(epochs.at(-1)?.values ?? {});
  const last = epochs.at(-1)?.values ?? {};
  const rows = names.map((name) => [name, digits(last[name]), digits(last[`val_${name}`])]);
  return rows.length === 0 ? new Html('') : table('Last epoch', ['', 'training', 'validation'], rows);
}

/** The epoch that checkpoints call the best: of the lowest validation loss, or loss. */
export function bestEpoch({ epochs }: ReportedRun): { name: string; value: number; epoch: number } | undefined {
  const name = epochs.some(({ values }) => values.val_loss !== undefined) ? 'val_loss' : 'loss';
  const judged = epochs.filter(({ values }) => Number.isFinite(values[name]));
  if (judged.length === 0) return undefined;
  const best = judged.reduce((a, b) => (b.values[name] < a.values[name] ? b : a));
  return { name, value: best.values[name], epoch: best.epoch };
}

/** Names without those of validation, and without what is no loss or metric. */
export function metricNames(values: Readonly<Record<string, number>>): string[] {
  return Object.keys(values).filter(
    (name) => !name.startsWith('val_') && !['learningRate', 'samplesPerSecond'].includes(name),
  );
}

interface Series {
  readonly name: string;
  readonly dashed: boolean;
  readonly run: number;
  readonly values: readonly (number | null)[];
}

/** Every curve over the epochs: one chart a metric, a run's training and validation in one colour. */
export function curvesSection(runs: readonly ReportedRun[]): Html {
  const last = Math.max(0, ...runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)));
  const x = Array.from({ length: last }, (_, i) => i + 1);
  const names = [...new Set(runs.flatMap(({ epochs }) => metricNames(epochs.at(-1)?.values ?? {})))];
  const charts = [...names, 'learningRate', 'samplesPerSecond'].map((name) => {
    const series = runs.flatMap((run, i) => [
      ...seriesOf(run, name, x, { run: i, dashed: false, label: runs.length === 1 ? 'training' : run.label }),
      ...seriesOf(run, `val_${name}`, x, {
        run: i,
        dashed: true,
        label: runs.length === 1 ? 'validation' : `${run.label}, validation`,
      }),
    ]);
    return { title: TITLES[name] ?? name, x, series };
  });
  const shown = charts.filter(({ series }) => series.length > 0);
  if (shown.length === 0) return html`<section><h2>Curves</h2><p>No epoch has ended yet.</p></section>`;
  const figures = shown.map(
    ({ title }, i) =>
      html`<figure><figcaption>${title}</figcaption><div class="chart" id="chart-${i}" role="img" aria-label="${title} over the epochs; the table of epochs has the numbers"></div></figure>`,
  );
  return html`<section><h2>Curves</h2><div class="charts">${figures}</div><script type="application/json" id="charts">${scriptData(shown)}</script></section>`;
}

const TITLES: Readonly<Record<string, string>> = {
  learningRate: 'learning rate',
  samplesPerSecond: 'samples a second',
};

interface Look {
  readonly run: number;
  readonly dashed: boolean;
  readonly label: string;
}

function seriesOf({ epochs }: ReportedRun, name: string, x: readonly number[], { label, ...look }: Look): Series[] {
  if (!epochs.some(({ values }) => values[name] !== undefined)) return [];
  const byEpoch = new Map(epochs.map(({ epoch, values }) => [epoch, values[name]]));
  return [{ name: label, ...look, values: x.map((epoch) => byEpoch.get(epoch) ?? null) }];
}

/** Epochs that a table shows; of more, some at even distances, and the last one. */
const MOST_EPOCHS = 200;

/** The numbers behind the curves. */
export function epochsSection({ epochs }: ReportedRun): Html {
  const every = Math.ceil(epochs.length / MOST_EPOCHS);
  const shown = epochs.filter((_, i) => i % every === 0 || i === epochs.length - 1);
  const names = [...new Set(shown.flatMap(({ values }) => Object.keys(values)))];
  const rows = shown.map(({ epoch, step, values }) => [
    digits(epoch),
    digits(step),
    ...names.map((name) => digits(values[name])),
  ]);
  const title = every === 1 ? 'Epochs' : `Every ${every}th of ${epochs.length} epochs`;
  return html`<section><h2>Epochs</h2><details><summary>${title}</summary>${table(title, ['epoch', 'step', ...names], rows)}</details></section>`;
}

/** What the config says, beside what would be so by itself. */
export function configSection({ config }: ReportedRun): Html {
  const rows = chosenSettings(config).map(({ path, value, standard }) => [path, value, standard]);
  const layers = config.model.layers ?? [];
  const model = layers.map((layer, i) => {
    const { type, className, ...rest } = layer as Record<string, unknown>;
    return [digits(i + 1), String(type ?? className), JSON.stringify(rest)];
  });
  const layersTable =
    model.length === 0
      ? html`<p>The model comes from ${String(config.model.path)}.</p>`
      : table('Layers', ['', 'layer', 'arguments'], model);
  return html`<section><h2>Config</h2>${table('Settings that differ from their defaults', ['setting', 'value', 'default'], rows)}${layersTable}<details><summary>The whole config</summary><pre tabindex="0">${JSON.stringify(config, null, 2)}</pre></details></section>`;
}

/** How the model does on the rows that it was validated on. */
export function validationSection(facts: ValidationFacts | null): Html {
  if (facts === null) return new Html('');
  const { rows, classes, confusions, calibration, worst } = facts;
  const parts = [
    ...(classes.length === 0 ? [] : [classTable(classes, confusions), confusionTable(classes, confusions)]),
    ...(calibration.length === 0 ? [] : [calibrationTable(calibration)]),
    ...(worst.length === 0 ? [] : [mistakes(worst, classes.length > 0)]),
  ];
  return html`<section><h2>Validation</h2><p>The trained model on its ${digits(rows)} validation rows.</p>${parts}</section>`;
}

function classTable(classes: readonly string[], counts: ValidationFacts['confusions']): Html {
  const rows = classes.map((name, i) => {
    const right = counts[i][i];
    const there = counts[i].reduce((sum, count) => sum + count, 0);
    const said = counts.reduce((sum, row) => sum + row[i], 0);
    const [precision, recall] = [right / said, right / there];
    return [
      name,
      digits(there),
      share(precision),
      share(recall),
      share((2 * precision * recall) / (precision + recall)),
    ];
  });
  return table('Classes', ['class', 'rows', 'precision', 'recall', 'F1'], rows);
}

const share = (value: number): string => (Number.isFinite(value) ? percent(value) : '–');

/** A class a row, what was predicted a column; more than 30 classes do not fit a page. */
function confusionTable(classes: readonly string[], counts: ValidationFacts['confusions']): Html {
  if (classes.length > 30) return new Html('');
  const rows = counts.map((row, i) => {
    const all = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    const cells = row.map(
      (count, j) =>
        html`<span class="cell${i === j ? ' right' : ''}" style="--share:${(count / all).toFixed(3)}">${digits(count)}</span>`,
    );
    return [classes[i], ...cells];
  });
  return html`<div class="confusion">${table('Confusion matrix: a row a class, a column a prediction', ['', ...classes], rows)}</div>`;
}

function calibrationTable(bins: ValidationFacts['calibration']): Html {
  const rows = bins.map(({ from, rows, confidence, right }) => {
    return [`${from.toFixed(1)} to ${(from + 0.1).toFixed(1)}`, digits(rows), percent(confidence), percent(right)];
  });
  return table(
    'Calibration: how often the model is right when it is so sure',
    ['probability', 'rows', 'mean probability', 'right'],
    rows,
  );
}

function mistakes(worst: readonly Mistake[], isClasses: boolean): Html {
  const title = isClasses ? 'Wrong rows of which the model was surest' : 'Rows farthest from their targets';
  if (worst.every(({ image }) => image !== undefined)) {
    const figures = worst.map(({ image, row, truth, prediction, by }) => {
      const text = `row ${row}: ${truth} taken for ${prediction} (${isClasses ? percent(by) : digits(by)})`;
      return html`<figure><canvas ${pixels(image as Picture)} role="img" aria-label="${text}"></canvas><figcaption>${text}</figcaption></figure>`;
    });
    return html`<h3>${title}</h3><div class="pictures">${figures}</div>`;
  }
  const rows = worst.map(({ row, truth, prediction, by }) => [
    digits(row),
    truth,
    prediction,
    isClasses ? percent(by) : digits(by),
  ]);
  return table(title, ['validation row', 'target', 'prediction', isClasses ? 'probability' : 'distance'], rows);
}

function pixels({ width, height, channels, bytes }: Picture): Html {
  return html`width="${width}" height="${height}" data-channels="${channels}" data-pixels="${bytes}"`;
}

/** What made the run, and what repeats it. */
export function originSection({ start, summary, directory, remarks }: ReportedRun): Html {
  const rows: [string, string | Html][] = [
    ['fingerprint', html`<code>${String(summary.fingerprint ?? 'the run has not finished')}</code>`],
    ['workers', `${digits(start.workers)} (${String(start.workersReason ?? '')})`],
    ['shards', digits(start.shards)],
    ['engine', `${String(start.engine ?? '–')} (${String(start.engineReason ?? '')})`],
    ['seed', digits(start.seed)],
    ['Node.js', String(start.node ?? '–')],
    ['machine', String(start.machine ?? '–')],
    ['Lockstep', String(start.version ?? '–')],
    ['git commit', String(start.commit ?? 'none')],
    ['repeat it with', html`<code>lockstep train ${directory}/config.json</code>`],
  ];
  const log =
    remarks.length === 0 ? html`<p>The log has no warnings.</p>` : html`<pre tabindex="0">${remarks.join('\n')}</pre>`;
  return html`<section><h2>Origin</h2>${definitions(rows)}<h3>Warnings</h3>${log}</section>`;
}

/** Several runs side by side: how each ended, best first by `metric`, and what was said differently. */
export function comparisonSection(runs: readonly ReportedRun[]): Html {
  const sorted = [...runs].sort(
    (a, b) => (bestEpoch(a)?.value ?? Number.POSITIVE_INFINITY) - (bestEpoch(b)?.value ?? Number.POSITIVE_INFINITY),
  );
  const names = [...new Set(runs.flatMap(({ epochs }) => Object.keys(epochs.at(-1)?.values ?? {})))].filter(
    (name) => !['learningRate', 'samplesPerSecond'].includes(name),
  );
  const rows = sorted.map((run) => {
    const best = bestEpoch(run);
    const last = run.epochs.at(-1)?.values ?? {};
    return [
      run.label,
      run.state,
      digits(best?.value),
      digits(best?.epoch),
      digits(run.epochs.length),
      ...names.map((name) => digits(last[name])),
    ];
  });
  const header = ['run', 'state', 'lowest loss', 'in epoch', 'epochs', ...names];
  const settings = differingSettings(runs.map(({ config }) => config)).map(([path, values]) => [path, ...values]);
  const differences =
    settings.length === 0
      ? html`<p>All configs say the same.</p>`
      : table('Settings that differ', ['setting', ...runs.map(({ label }) => label)], settings);
  return html`<section><h2>Runs</h2>${table('Runs, the lowest loss first: of validation where there is one', header, rows)}${differences}</section>`;
}
