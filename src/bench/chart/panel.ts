import { digits } from '../table.js';
import { line, polyline, text } from './svg.js';

/** A point with what its rounds gave at least and at most. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly min?: number;
  readonly max?: number;
  /** Written beside the point. */
  readonly label?: string;
}

export interface Series {
  readonly points: readonly ChartPoint[];
  readonly colour: string;
  /** A dashed line has no marks: what would be, not what was measured. */
  readonly dashed?: boolean;
  /** Written at the line's end. */
  readonly name?: string;
}

/** One small chart: both axes are logarithmic to base two, as speed-ups and worker counts double. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xTicks: readonly number[];
  /** Between these the y axis runs; both are powers of two. */
  readonly yRange: readonly [number, number];
  readonly series: readonly Series[];
}

const INK = '#333333';
const FAINT = '#e3e3e3';
const MOST_TICKS = 6;

/** Draws a panel's axes, series and labels. */
export function drawPanel(panel: Panel): string[] {
  const { x, y, width, height, title, xTitle, yTitle } = panel;
  const place = placer(panel);
  return [
    text(x - 40, y - 24, title, { fill: INK, 'font-weight': 'bold' }),
    ...xAxis(panel, place),
    ...yAxis(panel, place),
    text(x + width / 2, y + height + 32, xTitle, { fill: INK, 'text-anchor': 'middle', 'font-size': 11 }),
    text(x - 58, y + height / 2, yTitle, {
      fill: INK,
      'text-anchor': 'middle',
      'font-size': 11,
      transform: `rotate(-90 ${x - 58} ${y + height / 2})`,
    }),
    ...panel.series.flatMap((series) => drawSeries(series, place)),
  ];
}

/** The powers of two that hold all values between them. */
export function doublingRange(values: readonly number[]): [number, number] {
  const low = Math.floor(Math.log2(Math.min(...values)));
  const high = Math.ceil(Math.log2(Math.max(...values)));
  return [2 ** low, 2 ** Math.max(high, low + 1)];
}

interface Placer {
  x(value: number): number;
  y(value: number): number;
}

function placer({ x, y, width, height, xTicks, yRange }: Panel): Placer {
  const scale = (value: number, low: number, high: number): number =>
    high === low ? 0.5 : Math.log2(value / low) / Math.log2(high / low);
  const last = xTicks[xTicks.length - 1];
  return {
    x: (value) => x + 14 + (width - 28) * scale(value, xTicks[0], last),
    y: (value) => y + height * (1 - scale(value, yRange[0], yRange[1])),
  };
}

function xAxis({ x, y, width, height, xTicks }: Panel, place: Placer): string[] {
  const base = y + height;
  return [
    line(x, base, x + width, base, { stroke: INK }),
    ...xTicks.flatMap((tick) => [
      line(place.x(tick), base, place.x(tick), base + 4, { stroke: INK }),
      text(place.x(tick), base + 16, `${tick}`, { fill: INK, 'text-anchor': 'middle', 'font-size': 11 }),
    ]),
  ];
}

/** A line for every doubling, or for every second or fourth when there are many. */
function yAxis({ x, width, yRange: [low, high] }: Panel, place: Placer): string[] {
  const doublings = Math.round(Math.log2(high / low));
  const every = 2 ** Math.ceil(Math.log2(doublings / MOST_TICKS));
  return Array.from({ length: doublings + 1 }, (_, i) => low * 2 ** i)
    .filter((tick) => Math.log2(tick) % Math.max(1, every) === 0)
    .flatMap((tick) => [
      line(x, place.y(tick), x + width, place.y(tick), { stroke: FAINT }),
      text(x - 6, place.y(tick) + 4, `${Number(digits(tick))}×`, { fill: INK, 'text-anchor': 'end', 'font-size': 11 }),
    ]);
}

function drawSeries({ points, colour, dashed = false, name }: Series, place: Placer): string[] {
  const path = points.map(({ x, y }): [number, number] => [place.x(x), place.y(y)]);
  const stroke = { stroke: colour, 'stroke-width': dashed ? 1.2 : 2, ...(dashed && { 'stroke-dasharray': '5 4' }) };
  const [endX, endY] = path[path.length - 1];
  return [
    polyline(path, stroke),
    ...points.flatMap((point) => drawSpread(point, colour, place)),
    ...(dashed ? [] : path.map(([x, y]) => mark(x, y, colour))),
    ...points.flatMap((point) => drawLabel(point, colour, place)),
    ...(name === undefined
      ? []
      : [text(endX, endY - 6, name, { fill: colour, 'text-anchor': 'end', 'font-size': 11 })]),
  ];
}

function mark(x: number, y: number, colour: string): string {
  return `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="3.5" fill="${colour}"/>`;
}

/** A vertical bar from the least to the most, with caps. */
function drawSpread({ x, min, max }: ChartPoint, colour: string, place: Placer): string[] {
  if (min === undefined || max === undefined) return [];
  const [at, top, bottom] = [place.x(x), place.y(max), place.y(min)];
  const bar = { stroke: colour, 'stroke-width': 1.2 };
  return [
    line(at, top, at, bottom, bar),
    line(at - 4, top, at + 4, top, bar),
    line(at - 4, bottom, at + 4, bottom, bar),
  ];
}

function drawLabel({ x, y, min = y, label }: ChartPoint, colour: string, place: Placer): string[] {
  if (label === undefined) return [];
  return [text(place.x(x), place.y(min) + 15, label, { fill: colour, 'text-anchor': 'middle', 'font-size': 11 })];
}
