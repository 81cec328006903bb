import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { ScratchRow } from './scratch.js';
import { type AxisTaps, type ImageTaps, resample, type Tap, transposedImage } from './taps.js';

type Resizing = Pick<KernelArguments<'bilinearForward'>, 'height' | 'width' | 'outHeight' | 'outWidth'>;

/** One record in float64, rounded once. */
const scratch = new ScratchRow();

/** y (OH, OW, C) = x (H, W, C) resized, for every row. */
export const bilinearForward: Kernel<KernelArguments<'bilinearForward'>> = ({ f32 }, pass, a) => {
  const input = a.height * a.width * a.channels;
  const output = a.outHeight * a.outWidth * a.channels;
  const taps = bilinearTaps(a);
  const sum = scratch.of(output);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    resample(f32, a.x + row * input, taps, a.width, a.channels, sum);
    for (let e = 0; e < output; e++) f32[a.y + row * output + e] = sum[e];
  }
};

/** dx (H, W, C) = the transposed map of dy (OH, OW, C), for every row. */
export const bilinearBackward: Kernel<KernelArguments<'bilinearBackward'>> = ({ f32 }, pass, a) => {
  const input = a.height * a.width * a.channels;
  const output = a.outHeight * a.outWidth * a.channels;
  const taps = transposedImage(bilinearTaps(a), a.height, a.width);
  const sum = scratch.of(input);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    resample(f32, a.dy + row * output, taps, a.outWidth, a.channels, sum);
    for (let e = 0; e < input; e++) f32[a.dx + row * input + e] = sum[e];
  }
};

function bilinearTaps(a: Resizing): ImageTaps {
  return { rows: axisTaps(a.height, a.outHeight), columns: axisTaps(a.width, a.outWidth) };
}

/** The two pixels between whose centres the centre of each result lies; one at the border. */
function axisTaps(size: number, outSize: number): AxisTaps {
  return Array.from({ length: outSize }, (_, out): Tap[] => {
    const place = ((out + 0.5) * size) / outSize - 0.5;
    const first = Math.floor(place);
    if (first < 0) return [{ at: 0, value: 1 }];
    if (first + 1 >= size) return [{ at: size - 1, value: 1 }];
    return [
      { at: first, value: first + 1 - place },
      { at: first + 1, value: place - first },
    ];
  });
}
