import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y (rows, columns) = a (rows, inner) · b (inner, columns), `groups` of them a row; dot products in float64. */
export const matrixProduct: Kernel<KernelArguments<'matrixProduct'>> = ({ f32 }, pass, args) => {
  const { rows, inner, columns, groups, transposeA, transposeB } = args;
  const [aRow, aTerm] = transposeA ? [1, rows] : [inner, 1];
  const [bTerm, bColumn] = transposeB ? [1, inner] : [columns, 1];
  const end = (pass.firstRow + pass.rows) * groups;
  for (let group = pass.firstRow * groups; group < end; group++) {
    const a = args.a + group * rows * inner;
    const b = args.b + group * inner * columns;
    const y = args.y + group * rows * columns;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let dot = 0;
        for (let k = 0; k < inner; k++) dot += f32[a + i * aRow + k * aTerm] * f32[b + k * bTerm + j * bColumn];
        f32[y + i * columns + j] = dot;
      }
    }
  }
};
