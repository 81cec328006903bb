import { userError } from '../../../shared/errors.js';
import { isPlain } from '../../options/values.js';
import { quoted } from '../quoted.js';
import { type ArrayFile, headOf, openBytes } from './arrayFile.js';
import { type ElementType, numberElement } from './elements.js';
import { type ByteSource, type StoredArray, sizeOfShape } from './storedArray.js';

/** https://huggingface.co/docs/safetensors: a length, a JSON head of so many bytes, then the tensors. */
const types: Readonly<Record<string, Exclude<ElementType, 'utf32' | 'latin1'>>> = {
  ...{ BOOL: 'bool', U8: 'uint8', I8: 'int8', U16: 'uint16', I16: 'int16', U32: 'uint32', I32: 'int32' },
  ...{ U64: 'uint64', I64: 'int64', F16: 'float16', BF16: 'bfloat16', F32: 'float32', F64: 'float64' },
};

/** The longest head that the format allows. */
const MOST_HEAD = 100_000_000;

/** Opens a file of safetensors. */
export async function openSafetensors(path: string): Promise<ArrayFile> {
  const { source, size } = await openBytes(path);
  try {
    const entries = readHead(path, source, size);
    return {
      path,
      names: [...entries.keys()],
      open: async (name) => entries.get(name) as StoredArray,
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

function readHead(path: string, source: ByteSource, size: number): Map<string, StoredArray> {
  const prefix = headOf(source, size, 8);
  const length = size < 8 ? Number.NaN : Number(prefix.readBigUInt64LE(0));
  if (!(length <= Math.min(MOST_HEAD, size - 8))) throw invalid(path, 'has no head that fits into it');
  const bytes = Buffer.alloc(length);
  source.readAt(bytes, 8);
  const head = parse(path, bytes.toString('utf8'));
  const arrays = Object.entries(head).filter(([name]) => name !== '__metadata__');
  if (arrays.length === 0) throw invalid(path, 'has no tensor');
  return new Map(
    arrays.map(([name, entry]) => [name, arrayAt(path, name, entry, { source, start: 8 + length, size })]),
  );
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const head: unknown = JSON.parse(text);
    if (isPlain(head)) return head;
  } catch {
    // It is told below.
  }
  throw invalid(path, 'has a head that is no JSON object');
}

interface Place {
  readonly source: ByteSource;
  readonly start: number;
  readonly size: number;
}

function arrayAt(path: string, key: string, entry: unknown, { source, start, size }: Place): StoredArray {
  const name = `${key} of ${path}`;
  const { dtype, shape, data_offsets: offsets } = isPlain(entry) ? entry : {};
  if (!areWhole(shape) || !areWhole(offsets) || offsets.length !== 2 || typeof dtype !== 'string') {
    throw invalid(path, `has a tensor ${quoted(key)} without a dtype, a shape and data_offsets`);
  }
  if (!Object.hasOwn(types, dtype)) {
    throw userError('ARRAY_TYPE', `${name} is of type ${quoted(dtype)}, which is not read; save it as F32.`);
  }
  const element = numberElement(types[dtype]);
  const [from, to] = offsets;
  const bytes = sizeOfShape(shape) * element.bytes;
  if (to - from !== bytes || start + to > size) {
    throw invalid(path, `has a tensor ${quoted(key)} of ${bytes} bytes at [${from}, ${to}], where they do not fit`);
  }
  return { name, element, shape, source, runs: [{ rows: shape[0] ?? 1, offset: start + from }] };
}

function areWhole(given: unknown): given is number[] {
  return Array.isArray(given) && given.every((value) => Number.isSafeInteger(value) && value >= 0);
}

function invalid(path: string, what: string): Error {
  return userError('ARRAY_INVALID', `${path} ${what}; write it with safetensors.numpy.save_file.`);
}
