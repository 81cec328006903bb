import { z } from 'zod';
import { openArrow } from '../../../coordinator/data/arrays/arrow.js';
import { cifarClasses, openCifar } from '../../../coordinator/data/arrays/cifar.js';
import { isIdx, openIdx } from '../../../coordinator/data/arrays/idx.js';
import { isNpy } from '../../../coordinator/data/arrays/npyHeader.js';
import { openNpz } from '../../../coordinator/data/arrays/npz.js';
import { openNpy } from '../../../coordinator/data/arrays/open.js';
import { openRaw, type RawOptions } from '../../../coordinator/data/arrays/raw.js';
import { openSafetensors } from '../../../coordinator/data/arrays/safetensors.js';
import { flag, oneOf, section, text, wholeNumber } from '../../../coordinator/options/fields.js';
import { userError } from '../../../shared/errors.js';
import { beginColumns, openColumns } from './arrowColumns.js';
import { beginCifar, beginNamed, beginSingle } from './beginnings.js';
import { arrayFormat } from './format.js';
import type { ArrayData } from './kind.js';
import { openNamed } from './named.js';
import { columnNames, commonFields, keysField, labelField, labelFiles } from './section.js';
import { openSingle } from './singles.js';

/** The formats of arrays. */

const withLabels = ['labels', 'validation', 'validationLabels'] as const;

/** Labels that are said to stand in two places. */
function twoLabels({ label, labels }: ArrayData): string | undefined {
  if (label === undefined || labels === undefined) return undefined;
  return 'data.label names columns and data.labels a file; keep the one that has the labels';
}

/** An array that `np.save` wrote. */
export const npy = arrayFormat({
  key: 'npy',
  title: 'NumPy array',
  openFile: openNpy,
  begin: async (path, label) => beginSingle(await openNpy(path), label),
  schema: section({
    npy: text('the path of a .npy file'),
    label: labelField,
    ...labelFiles('a .npy file'),
    ...commonFields,
  }),
  paths: ['npy', ...withLabels],
  file: 'a .npy file',
  recognises: ({ head }) => isNpy(head),
  conflict: twoLabels,
  open: async (reading, opening) => openSingle(await openNpy(opening.path), reading, opening),
});

/** Arrays that `np.savez` wrote. */
export const npz = arrayFormat({
  key: 'npz',
  title: 'NumPy archive',
  openFile: openNpz,
  begin: async (path, label) => beginNamed(await openNpz(path), label),
  schema: section({
    npz: text('the path of a .npz file'),
    x: keysField,
    y: keysField,
    validation: text('the path of a .npz file').exactOptional(),
    ...commonFields,
  }),
  paths: ['npz', 'validation'],
  file: 'a .npz file',
  recognises: ({ name, head }) => name.endsWith('.npz') && head.subarray(0, 2).toString() === 'PK',
  open: async (reading, opening) => openNamed(await openNpz(opening.path), reading, opening),
});

/** Tensors of a safetensors file. */
export const safetensors = arrayFormat({
  key: 'safetensors',
  title: 'safetensors file',
  openFile: openSafetensors,
  begin: async (path, label) => beginNamed(await openSafetensors(path), label),
  schema: section({
    safetensors: text('the path of a .safetensors file'),
    x: keysField,
    y: keysField,
    validation: text('the path of a .safetensors file').exactOptional(),
    ...commonFields,
  }),
  paths: ['safetensors', 'validation'],
  file: 'a .safetensors file',
  recognises: ({ name }) => name.endsWith('.safetensors'),
  open: async (reading, opening) => openNamed(await openSafetensors(opening.path), reading, opening),
});

/** Columns of an Arrow file. */
export const arrow = arrayFormat({
  key: 'arrow',
  title: 'Arrow table',
  openFile: openArrow,
  begin: async (path, label) => beginColumns(await openArrow(path), label),
  schema: section({
    arrow: text('the path of an Arrow or Feather file'),
    x: columnNames,
    y: columnNames,
    validation: text('the path of an Arrow or Feather file').exactOptional(),
    ...commonFields,
  }),
  paths: ['arrow', 'validation'],
  file: 'an Arrow or Feather file',
  recognises: ({ name, head }) => head.subarray(0, 6).toString('latin1') === 'ARROW1' || name.endsWith('.arrows'),
  open: async (reading, opening) => openColumns(await openArrow(opening.path), reading, opening),
});

/** Pictures and labels as MNIST's files have them. */
export const idx = arrayFormat({
  key: 'idx',
  title: 'IDX file',
  openFile: openIdx,
  begin: async (path, label) => beginSingle(await openIdx(path), label),
  schema: section({ idx: text('the path of an IDX file'), ...labelFiles('an IDX file'), ...commonFields }),
  paths: ['idx', ...withLabels],
  file: 'an IDX file, gzipped or not',
  recognises: ({ name, head }) => isIdx(head) || /idx\d[-.].*\.gz$|\.idx\.gz$/.test(name),
  open: async (reading, opening) => openSingle(await openIdx(opening.path), reading, opening),
});

/** Pictures and labels as the binary versions of CIFAR have them. */
export const cifar = arrayFormat({
  key: 'cifar',
  title: 'CIFAR pictures',
  openFile: (path) => openCifar(path, 'train'),
  begin: async (path) => beginCifar(await openCifar(path, 'train')),
  schema: section({
    cifar: text('the path of a folder or a .bin file of CIFAR'),
    kind: oneOf(['cifar10', 'cifar100']).exactOptional(),
    /** Of CIFAR-100, which of its two labels. */
    labelSet: oneOf(['fine', 'coarse']).default('fine'),
    validation: text('the path of a folder or a .bin file of CIFAR').exactOptional(),
    ...commonFields,
  }),
  paths: ['cifar', 'validation'],
  file: 'a folder or a .bin file of CIFAR-10 or CIFAR-100',
  recognises: ({ entries }) => entries.some(({ name }) => /^(data_batch_1|train)\.bin$/.test(name)),
  open: async (reading, { path, role, inputs, outputs, places }) => {
    const { kind, labelSet } = reading as ArrayData & { kind?: 'cifar10' | 'cifar100'; labelSet: 'fine' | 'coarse' };
    if (inputs.length !== 1 || outputs.length !== 1) {
      throw userError(
        'SEVERAL_TENSORS',
        `${path} has pictures and labels, but the model has ${inputs.length} inputs and ${outputs.length} outputs; give a model of one each.`,
      );
    }
    const file = await openCifar(path, role === 'train' ? 'train' : 'test', kind);
    const labels = file.names.includes(labelSet) ? labelSet : 'y';
    const classes = await cifarClasses(path, labelSet);
    return {
      x: [await file.open('x')],
      y: [await file.open(labels)],
      places: places ?? { x: ['x'], y: [labels] },
      ...(classes && { classes }),
      labelsWanted: 'restore the file',
      close: () => file.close(),
    };
  },
});

const dtypes = [
  ...(['bool', 'uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64'] as const),
  ...(['float16', 'bfloat16', 'float32', 'float64'] as const),
];

const shapeRule = 'the shape of a row, such as [28, 28]';

/** Numbers without a head, row after row. */
export const raw = arrayFormat({
  key: 'raw',
  title: 'file of numbers',
  openFile: (path) => openRaw(path, { dtype: 'uint8', shape: [1] }),
  schema: section({
    raw: text('the path of a file of numbers'),
    dtype: oneOf(dtypes),
    shape: z.array(wholeNumber(1), { error: shapeRule }),
    bigEndian: flag().exactOptional(),
    /** Bytes before the first row. */
    offset: wholeNumber(0).exactOptional(),
    label: labelField,
    ...labelFiles('a file of numbers'),
    ...commonFields,
  }),
  paths: ['raw', ...withLabels],
  file: 'a file of numbers',
  recognises: () => false,
  conflict: twoLabels,
  open: async (reading, opening) => {
    const options = reading as ArrayData & RawOptions;
    return openSingle(await openRaw(opening.path, options), reading, opening);
  },
});
