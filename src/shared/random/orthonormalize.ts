/** Makes the vectors orthonormal, in place and in order, by modified Gram-Schmidt. */
export function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, v) => {
    scaleBy(vector, 1 / Math.sqrt(dot(vector, vector)));
    for (const later of vectors.slice(v + 1)) subtractScaled(later, vector, dot(vector, later));
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function scaleBy(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] *= factor;
}

function subtractScaled(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] -= factor * vector[i];
}
