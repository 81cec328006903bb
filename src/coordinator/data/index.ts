/** Data sources for a run: the public `data` namespace. */
export type { CifarKind } from './arrays/cifar.js';
export type { ElementType } from './arrays/elements.js';
export type { RawOptions } from './arrays/raw.js';
export {
  type ArrayValues,
  type CifarOptions,
  type CifarValues,
  readArrow as arrow,
  readCifar as cifar,
  readIdx as idx,
  readNpy as npy,
  readNpz as npz,
  readRaw as raw,
  readSafetensors as safetensors,
} from './arrays/read.js';
export { type ArrayPlace, type ArrayPlaces, openRows as rows } from './arrays/rowsOfArrays.js';
export { type CsvOptions, type CsvTable, type CsvValues, readCsv as csv, type TargetKind } from './csv.js';
export type { ColumnChoice, ColumnChoices } from './csvColumns.js';
export type { CsvText } from './csvRecords.js';
export type { AugmentOptions } from './images/augmentOptions.js';
export { type ImageOptions, type Images, readImages as images } from './images/images.js';
export type { Colours, PictureOptions } from './images/options.js';
export type { Fit, Interpolation } from './images/resize.js';
export type { Fill } from './images/warp.js';
export type { LabelForm } from './labels.js';
export type { NumberFormat } from './numberCells.js';
export { type Series, type SeriesValues, type WindowOptions, windows } from './windows.js';
