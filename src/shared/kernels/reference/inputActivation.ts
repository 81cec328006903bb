import type { InputActivationName } from '../activations.js';
import { erf } from '../erf.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sigmoid } from './activation.js';
import { flushed } from './denormals.js';

/** The numbers that shape some of the activations. */
interface Shape {
  readonly alpha: number;
  readonly threshold: number;
  readonly limit: number;
}

/** An activation and its derivative, both from the input. A NaN stays NaN. */
interface InputActivation {
  at(x: number, shape: Shape): number;
  slope(x: number, shape: Shape): number;
}

/** In the order of `inputActivations`; see there for the formulas and their sources. */
const table: readonly InputActivation[] = Object.values({
  rectifier: {
    at: (x, { alpha, threshold, limit }) => (x > threshold ? Math.min(x, limit) : alpha * (x - threshold)),
    slope: (x, { alpha, threshold, limit }) => (x > threshold ? Number(x < limit) : alpha),
  },
  scaledElu: {
    at: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
    slope: (x, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  },
  exponential: { at: Math.exp, slope: Math.exp },
  swish: {
    at: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  },
  gelu: {
    at: (x) => x * normalShare(x),
    slope: (x) => normalShare(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  },
  geluTanh: {
    at: (x) => 0.5 * x * (1 + Math.tanh(geluTanhOf(x))),
    slope: (given) => {
      const x = Math.min(Math.max(given, -FLAT), FLAT);
      const t = Math.tanh(geluTanhOf(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBE * x * x);
    },
  },
  mish: {
    at: (x) => x * Math.tanh(softplus(x)),
    slope: (given) => {
      const x = Math.min(given, FLAT);
      const t = Math.tanh(softplus(x));
      return t + x * sigmoid(x) * (1 - t * t);
    },
  },
  straightStep: { at: (x) => (Number.isNaN(x) ? x : Number(x > 0)), slope: () => 1 },
  clippedLine: {
    at: (x, shape) => Math.min(Math.max(lineOf(x, shape), shape.threshold), shape.limit),
    slope: (x, shape) => {
      const y = lineOf(x, shape);
      return y < shape.threshold || y > shape.limit ? 0 : shape.alpha;
    },
  },
  hardShrink: {
    at: (x, { threshold }) => (Math.abs(x) > threshold ? x : x - x),
    slope: (x, { threshold }) => Number(Math.abs(x) > threshold),
  },
  softShrink: {
    at: (x, { threshold }) => (x > threshold ? x - threshold : x < -threshold ? x + threshold : x - x),
    slope: (x, { threshold }) => Number(Math.abs(x) > threshold),
  },
  tanhShrink: { at: (x) => x - Math.tanh(x), slope: (x) => Math.tanh(x) ** 2 },
  sparsePlus: {
    at: (x) => (x <= -1 ? 0 : x < 1 ? (x + 1) ** 2 / 4 : x),
    slope: (x) => Math.min(Math.max((x + 1) / 2, 0), 1),
  },
  squareplus: {
    at: squareplus,
    slope: (x, shape) => squareplus(x, shape) / Math.sqrt(x * x + shape.alpha),
  },
  logSigmoid: { at: (x) => -softplus(-x), slope: (x) => sigmoid(-x) },
  hardSilu: {
    at: (x) => x * hardGate(x),
    slope: (x) => hardGate(x) + (Math.abs(x) < 3 ? x / 6 : 0),
  },
  celu: {
    at: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
    slope: (x, { alpha }) => (x > 0 ? 1 : Math.exp(x / alpha)),
  },
} satisfies Record<InputActivationName, InputActivation>);

/** Slopes beyond are the one here, 1 or 0 in float32: they are not formed of the squares of what is large. */
const FLAT = 20;

const lineOf = (x: number, { alpha, threshold, limit }: Shape): number => alpha * x + (threshold + limit) / 2;

const hardGate = (x: number): number => Math.min(Math.max(x / 6 + 0.5, 0), 1);

/** Below 0 the sum of x and the root would cancel: it is alpha over their difference. */
function squareplus(x: number, { alpha }: Shape): number {
  const root = Math.sqrt(x * x + alpha);
  return x < 0 ? alpha / (root - x) / 2 : (x + root) / 2;
}

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBE = 0.044715;

const geluTanhOf = (x: number): number => GELU_SCALE * (x + GELU_CUBE * x ** 3);

/** Φ(x): the share of a standard normal distribution below x. */
const normalShare = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const inputActivationForward: Kernel<KernelArguments<'inputActivationForward'>> = ({ f32 }, pass, a) => {
  const { at } = table[a.activation];
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.y + e] = at(flushed(f32[a.x + e]), a);
};

export const inputActivationBackward: Kernel<KernelArguments<'inputActivationBackward'>> = ({ f32 }, pass, a) => {
  const { slope } = table[a.activation];
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.dx + e] = f32[a.dy + e] * slope(flushed(f32[a.x + e]), a);
};
