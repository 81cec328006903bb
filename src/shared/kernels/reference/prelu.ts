import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { foldShards } from './foldShards.js';

/** He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015. A row is (outer, slopes, inner). */
interface Slopes {
  readonly outer: number;
  readonly slopes: number;
  readonly inner: number;
}

/** Calls `visit` with every element of rows [from, to) and the number of its slope. */
function eachElement(from: number, to: number, a: Slopes, visit: (e: number, slope: number) => void): void {
  let e = from * a.outer * a.slopes * a.inner;
  for (let group = from * a.outer; group < to * a.outer; group++) {
    for (let slope = 0; slope < a.slopes; slope++) {
      for (let i = 0; i < a.inner; i++) visit(e++, slope);
    }
  }
}

export const preluForward: Kernel<KernelArguments<'preluForward'>> = ({ f32, parameters }, pass, a) => {
  const alpha = parameters + a.alpha;
  eachElement(pass.firstRow, pass.firstRow + pass.rows, a, (e, slope) => {
    const x = f32[a.x + e];
    f32[a.y + e] = x > 0 ? x : f32[alpha + slope] * x;
  });
};

export const preluInputGradient: Kernel<KernelArguments<'preluInputGradient'>> = ({ f32, parameters }, pass, a) => {
  const alpha = parameters + a.alpha;
  eachElement(pass.firstRow, pass.firstRow + pass.rows, a, (e, slope) => {
    const dy = f32[a.dy + e];
    f32[a.dx + e] = f32[a.x + e] > 0 ? dy : f32[alpha + slope] * dy;
  });
};

export const preluWeightGradient: Kernel<KernelArguments<'preluWeightGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  foldShards(memory, pass, a.alpha, a.slopes, (from, to, sum) =>
    eachElement(from, to, a, (e, slope) => {
      sum[slope] += f32[a.dy + e] * Math.min(f32[a.x + e], 0);
    }),
  );
};
