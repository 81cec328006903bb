import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y (rows, columns) = scale · a (rows, inner) · b (inner, columns), `groups` of them a row; dot products in float64. */
export const matrixProduct: Kernel<KernelArguments<'matrixProduct'>> = ({ f32 }, pass, p) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    for (let group = 0; group < p.groups; group++) {
      const a = p.a + row * p.aSize + group * p.aGroup;
      const b = p.b + row * p.bSize + group * p.bGroup;
      const y = p.y + row * p.ySize + group * p.yGroup;
      for (let i = 0; i < p.rows; i++) {
        for (let j = 0; j < p.columns; j++) {
          let dot = 0;
          for (let k = 0; k < p.inner; k++) {
            dot += f32[a + i * p.aRow + k * p.aTerm] * f32[b + k * p.bTerm + j * p.bColumn];
          }
          f32[y + i * p.yRow + j] = p.scale * dot;
        }
      }
    }
  }
};
