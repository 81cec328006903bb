import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { activate } from './activation.js';
import { addRecords, foldShards } from './foldShards.js';

/** y (inner, C) = activation(x (inner, C) + b (C)), for every row. */
export const biasForward: Kernel<KernelArguments<'biasForward'>> = ({ f32, parameters }, pass, a) => {
  const b = parameters + a.b;
  const end = (pass.firstRow + pass.rows) * a.inner * a.channels;
  for (let at = pass.firstRow * a.inner * a.channels; at < end; at += a.channels) {
    for (let c = 0; c < a.channels; c++) f32[a.y + at + c] = activate(a.activation, f32[a.x + at + c] + f32[b + c]);
  }
};

/** db (C) = Σ dy (inner, C) over rows and inner. */
export const biasGradient: Kernel<KernelArguments<'biasGradient'>> = (memory, pass, a) => {
  foldShards(memory, pass, a.b, a.channels, (from, to, sum) =>
    addRecords(memory.f32, a.dy, a.channels, from * a.inner, to * a.inner, sum),
  );
};
