import { doublingRange, drawPanel, type Panel, type Series } from '../chart/panel.js';
import { picture, text } from '../chart/svg.js';
import { renderMachine } from '../machine.js';
import { percent } from '../table.js';
import type { FittedModel } from './model.js';
import type { ScalingBenchmark, ScalingCurve, ScalingMode, WorkloadScaling } from './scaling.js';

const COLOURS: Readonly<Record<ScalingMode, string>> = { strong: '#0b62a4', weak: '#b0480b' };
const IDEAL = '#8a8a8a';
const PROJECTED = '#7a4fb5';

const LEFT = 84;
const TOP = 145;
const PANEL_WIDTH = 250;
const PANEL_HEIGHT = 170;
const COLUMN = 330;
const ROW = 285;

type Measured = Extract<WorkloadScaling, { readonly curves: unknown }>;

/** Speed-ups as a picture: a row for each workload, with its curves and then what the fitted model projects. */
export function scalingChart({ machine, reports }: ScalingBenchmark): string {
  const measured = reports.filter((report): report is Measured => 'curves' in report);
  const columns = Math.max(1, ...measured.map(({ curves }) => curves.length + 1));
  const width = LEFT + columns * COLUMN;
  const rows = measured.flatMap((report, row) => drawRow(report, TOP + row * ROW, machine.cores));
  const heading = 'Speed-up of a training step over one worker';
  return picture(width, TOP + measured.length * ROW, heading, [
    text(LEFT - 64, 28, heading, { 'font-size': 17, 'font-weight': 'bold', fill: '#222222' }),
    text(LEFT - 64, 48, renderMachine(machine), { fill: '#555555', 'font-size': 11 }),
    text(
      LEFT - 64,
      64,
      'Points: medians of interleaved rounds; bars: least and most of the rounds; dashed: one core’s worth for each core.',
      {
        fill: '#555555',
        'font-size': 11,
      },
    ),
    ...rows,
  ]);
}

function drawRow(report: Measured, y: number, cores: number): string[] {
  const { title, batchSize, curves, fitted } = report;
  const place = (column: number) => ({ x: LEFT + column * COLUMN, y, width: PANEL_WIDTH, height: PANEL_HEIGHT });
  return [
    text(LEFT - 64, y - 44, `${title}, batch ${batchSize}`, { 'font-size': 13, fill: '#222222' }),
    ...curves.flatMap((curve, column) => drawPanel({ ...place(column), ...curvePanel(curve, cores) })),
    ...drawPanel({ ...place(curves.length), ...projectionPanel(fitted) }),
  ];
}

type Content = Omit<Panel, 'x' | 'y' | 'width' | 'height'>;

function curvePanel({ mode, points }: ScalingCurve, cores: number): Content {
  const ideal = points.map(({ workers }) => ({ x: workers, y: Math.min(workers, cores) }));
  const measured: Series = {
    colour: COLOURS[mode],
    points: points.map(({ workers, speedup: { median, min, max } }) => ({
      x: workers,
      y: median,
      min,
      max,
      label: `${median.toFixed(2)}×`,
    })),
  };
  const values = [...ideal.map(({ y }) => y), ...points.flatMap(({ speedup: { min, max } }) => [min, max])];
  return {
    title: mode === 'strong' ? 'strong: the same batch' : 'weak: rows grow with the workers',
    xTitle: `workers (${cores} cores)`,
    yTitle: mode === 'strong' ? 'speed-up' : 'speed-up in samples/s',
    xTicks: points.map(({ workers }) => workers),
    yRange: doublingRange([...values, 2, 0.8]),
    series: [{ colour: IDEAL, dashed: true, points: ideal, name: 'ideal' }, measured],
  };
}

function projectionPanel({ projection, worstError }: FittedModel): Content {
  const ranks = projection.map(({ ranks }) => ranks);
  const curve = (key: 'speedup' | 'speedupSameMemory', name: string): Series => ({
    colour: PROJECTED,
    dashed: true,
    name: `${name}: ${projection[projection.length - 1][key].toPrecision(2)}×`,
    points: projection.map((projected) => ({ x: projected.ranks, y: projected[key] })),
  });
  const apart = projection.some(({ speedup, speedupSameMemory }) => speedup > 1.05 * speedupSameMemory);
  return {
    title: `PROJECTION (model’s error ≤ ${percent(worstError)})`,
    xTitle: 'ranks, with a core each (not measured)',
    yTitle: 'speed-up, strong',
    xTicks: ranks,
    yRange: doublingRange([
      1,
      ranks[ranks.length - 1],
      ...projection.map(({ speedupSameMemory }) => speedupSameMemory),
    ]),
    series: [
      { colour: IDEAL, dashed: true, name: 'ideal', points: ranks.map((x) => ({ x, y: x })) },
      curve('speedup', apart ? 'memory grows too' : 'model'),
      ...(apart ? [curve('speedupSameMemory', 'memory as here')] : []),
    ],
  };
}
