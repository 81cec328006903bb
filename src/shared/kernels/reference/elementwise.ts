import { binaryFunctions, binaryNames, unaryFunctions, unaryNames } from '../elementwise.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';

export const unary: Kernel<KernelArguments<'unary'>> = ({ f32 }, pass, a) => {
  const f = unaryFunctions[unaryNames[a.function]];
  const end = (pass.firstRow + pass.rows) * a.size;
  for (let e = pass.firstRow * a.size; e < end; e++) f32[a.y + e] = f(flushed(f32[a.x + e]));
};

export const binary: Kernel<KernelArguments<'binary'>> = ({ f32 }, pass, a) => {
  const f: (a: number, b: number) => number = binaryFunctions[binaryNames[a.function]];
  const number = Math.fround(a.number);
  const end = (pass.firstRow + pass.rows) * a.size;
  for (let e = pass.firstRow * a.size; e < end; e++) {
    const left = flushed(f32[a.a + e]);
    const right = a.b < 0 ? number : flushed(f32[a.b + e]);
    f32[a.y + e] = a.reversed ? f(right, left) : f(left, right);
  }
};

export const select: Kernel<KernelArguments<'select'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.size;
  for (let e = pass.firstRow * a.size; e < end; e++) {
    const yes = a.a < 0 ? a.aNumber : f32[a.a + e];
    const no = a.b < 0 ? a.bNumber : f32[a.b + e];
    f32[a.y + e] = flushed(f32[a.condition + e]) === 0 ? no : yes;
  }
};

export const repeatParameter: Kernel<KernelArguments<'repeatParameter'>> = ({ f32, parameters }, pass, a) => {
  const w = parameters + a.w;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    f32.copyWithin(a.y + row * a.size, w, w + a.size);
  }
};
