import { types } from 'node:util';

/**
 * Values as plain data, and back, without a change: what plain data has no form for stands as a map with a tag, and what has
 * no exact form is refused by its path.
 */
const TAG = '\0';

/** Deeper than any topology or state of a callback. */
const DEEPEST = 200;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype', TAG]);

type Path = readonly (string | number)[];

/** A value that has no exact form. */
export class InexactValue extends Error {
  readonly path: Path;
  /** With an article: `a Promise`. */
  readonly what: string;

  constructor(path: Path, what: string) {
    super(`${pathText(path)} is ${what}`);
    this.path = path;
    this.what = what;
  }
}

/** `.weights[2]["odd key"]` */
export function pathText(path: Path): string {
  const parts = path.map((key) =>
    typeof key === 'string' && /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
  );
  return parts.join('') || 'the value';
}

type Inner<T> = (value: unknown, key: string | number) => T;

/** A kind of object with a form of its own. */
interface Kind {
  /** The prototypes above a value that no class of the user's is derived from. */
  readonly prototypes: number;
  readonly is: (value: object) => boolean;
  readonly pack: (value: never, inner: Inner<unknown>) => unknown;
  readonly unpack: (packed: unknown, inner: (value: unknown) => unknown) => unknown;
}

type Numbers = ArrayBufferView & { readonly buffer: ArrayBufferLike };
type NumbersClass = { new (buffer: ArrayBuffer): Numbers; readonly BYTES_PER_ELEMENT: number };

const arrayNames = [
  ...['Int8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
];
/** Float16Array is not in every Node. */
const arrayClasses = arrayNames.flatMap((name): [string, NumbersClass][] => {
  const found = (globalThis as unknown as Record<string, NumbersClass | undefined>)[name];
  return found === undefined ? [] : [[name, found]];
});

const bytesIn = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength).slice();
const bufferOf = (packed: unknown): ArrayBuffer => {
  if (packed instanceof Uint8Array) return new Uint8Array(packed).buffer;
  throw new Error('a value lacks its bytes');
};
const itemsOf = (packed: unknown): unknown[] => {
  if (Array.isArray(packed)) return packed;
  throw new Error('a value lacks its items');
};

const kinds: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    arrayClasses.map(([name, Class]): [string, Kind] => [
      name,
      {
        prototypes: 3,
        is: (value) => arrayName(value) === name,
        pack: bytesIn,
        unpack: (packed) => new Class(bufferOf(packed)),
      },
    ]),
  ),
  Buffer: {
    prototypes: 4,
    is: (value) => Buffer.isBuffer(value),
    pack: bytesIn,
    unpack: (packed) => Buffer.from(bufferOf(packed)),
  },
  DataView: {
    prototypes: 2,
    is: types.isDataView,
    pack: bytesIn,
    unpack: (packed) => new DataView(bufferOf(packed)),
  },
  ArrayBuffer: {
    prototypes: 2,
    is: types.isArrayBuffer,
    pack: (value: ArrayBuffer) => new Uint8Array(value).slice(),
    unpack: bufferOf,
  },
  Date: {
    prototypes: 2,
    is: types.isDate,
    pack: (value: Date) => Date.prototype.getTime.call(value),
    unpack: (packed) => {
      if (typeof packed === 'number') return new Date(packed);
      throw new Error('a date lacks its time');
    },
  },
  Set: {
    prototypes: 2,
    is: types.isSet,
    pack: (value: Set<unknown>, inner) => [...Set.prototype.values.call(value)].map(inner),
    unpack: (packed, inner) => new Set(itemsOf(packed).map(inner)),
  },
  Map: {
    prototypes: 2,
    is: types.isMap,
    pack: (value: Map<unknown, unknown>, inner) =>
      [...Map.prototype.entries.call(value)].map(([key, each], i) => [inner(key, i), inner(each, i)]),
    unpack: (packed, inner) =>
      new Map(
        itemsOf(packed).map((pair): [unknown, unknown] => {
          const [key, value] = itemsOf(pair);
          return [inner(key), inner(value)];
        }),
      ),
  },
  /** One without a prototype. */
  bare: {
    prototypes: 0,
    is: (value) => Object.getPrototypeOf(value) === null && Object.prototype.toString.call(value) === '[object Object]',
    pack: (value: object, inner) => packFields(value, inner),
    unpack: (packed, inner) => {
      if (isRecord(packed)) return Object.assign(Object.create(null), mapFields(packed, inner));
      throw new Error('a value lacks its fields');
    },
  },
};

/** Plain data that `unpackExactly` turns back into the value; throws `InexactValue` where there is none. */
export function packExactly(value: unknown): unknown {
  return pack(value, [], new Set());
}

/** The value that was packed; throws for data that no value was packed into. */
export function unpackExactly(packed: unknown): unknown {
  if (packed instanceof Uint8Array) return new Uint8Array(packed);
  if (Array.isArray(packed)) return packed.map(unpackExactly);
  if (!isRecord(packed)) return packed;
  return Object.hasOwn(packed, TAG) ? unpackTagged(packed[TAG], packed.value) : mapFields(packed, unpackExactly);
}

function unpackTagged(tag: unknown, value: unknown): unknown {
  if (tag === 'undefined') return undefined;
  if (tag === '-0') return -0;
  if (tag === 'bigint' && typeof value === 'string' && /^-?0x[\da-f]+$/.test(value)) {
    return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
  }
  if (typeof tag === 'string' && Object.hasOwn(kinds, tag)) return kinds[tag].unpack(value, unpackExactly);
  throw new Error(`there is no kind of value ${JSON.stringify(tag)}`);
}

function pack(value: unknown, path: Path, around: Set<object>): unknown {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return Object.is(value, -0) ? tagged('-0') : value;
    case 'string':
      if (isWellFormed(value)) return value;
      throw new InexactValue(path, 'a text with half of a surrogate pair');
    case 'undefined':
      return tagged('undefined');
    case 'bigint':
      return tagged('bigint', value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);
    case 'object':
      return value === null ? null : packObject(value, path, around);
    default:
      throw new InexactValue(path, `a ${typeof value}`);
  }
}

function packObject(value: object, path: Path, around: Set<object>): unknown {
  if (types.isProxy(value)) throw new InexactValue(path, 'a Proxy');
  if (around.has(value)) throw new InexactValue(path, 'a value that it lies within');
  if (around.size >= DEEPEST) throw new InexactValue(path, `deeper than ${DEEPEST} values within values`);
  around.add(value);
  const packed = packForm(value, path, (each, key) => pack(each, [...path, key], around));
  around.delete(value);
  return packed;
}

function packForm(value: object, path: Path, inner: Inner<unknown>): unknown {
  const depth = prototypesOf(value);
  if (depth > 0 && !Object.hasOwn(Object.getPrototypeOf(value), 'constructor')) {
    throw new InexactValue(path, describe(value));
  }
  if (Array.isArray(value) && depth === 2) return packItems(value, path, inner);
  if (arrayName(value) === 'Uint8Array' && depth === 3) return bytesIn(value as Uint8Array);
  if (isObjectLiteral(value, depth)) return packFields(value, inner, path);
  const found = Object.entries(kinds).find(([, { prototypes, is }]) => depth === prototypes && is(value));
  if (found === undefined) throw new InexactValue(path, describe(value));
  const [name, kind] = found;
  if (!ArrayBuffer.isView(value) && name !== 'bare') requireNothingElse(value, path);
  return tagged(name, kind.pack(value as never, inner));
}

function packItems(value: readonly unknown[], path: Path, inner: Inner<unknown>): unknown[] {
  const packed = Array.from({ length: value.length }, (_, i) => {
    if (Object.hasOwn(value, i)) return inner(value[i], i);
    throw new InexactValue([...path, i], 'a place that was never assigned');
  });
  if (Reflect.ownKeys(value).length !== value.length + 1) {
    throw new InexactValue(path, 'an array that has more than its items');
  }
  return packed;
}

function packFields(value: object, inner: Inner<unknown>, path: Path = []): Record<string, unknown> {
  const fields = Reflect.ownKeys(value).map((key): [string, unknown] => {
    if (typeof key === 'symbol') throw new InexactValue(path, 'an object with a symbol for a key');
    const { value: each, get, set, enumerable } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    if (get !== undefined || set !== undefined) throw new InexactValue([...path, key], 'a getter or a setter');
    if (!enumerable) throw new InexactValue([...path, key], 'a hidden property');
    if (FORBIDDEN_KEYS.has(key) || !isWellFormed(key)) {
      throw new InexactValue([...path, key], 'a property whose name a checkpoint cannot hold');
    }
    return [key, inner(each, key)];
  });
  return Object.fromEntries(fields);
}

/** Half of a pair of surrogates has no form in UTF-8. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function requireNothingElse(value: object, path: Path): void {
  const [key] = Reflect.ownKeys(value);
  if (key !== undefined) throw new InexactValue(path, `${describe(value)} with a property ${String(key)} of its own`);
}

function tagged(tag: string, value?: unknown): Record<string, unknown> {
  return value === undefined ? { [TAG]: tag } : { [TAG]: tag, value };
}

/** Those of any realm are alike: how many prototypes there are tells a class of the user's. */
function prototypesOf(value: object): number {
  let count = 0;
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) count++;
  return count;
}

function isObjectLiteral(value: object, depth: number): boolean {
  const isOfObject = depth === 1 && Object.hasOwn(Object.getPrototypeOf(value), 'isPrototypeOf');
  return isOfObject && Object.prototype.toString.call(value) === '[object Object]';
}

/** The class of a typed array of any realm; undefined for anything else. */
function arrayName(value: object): string | undefined {
  return arrayTag.call(value);
}

const arrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string | undefined;

function describe(value: object): string {
  const { name } = (Object.getPrototypeOf(value)?.constructor ?? {}) as { name?: unknown };
  const type = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (name === 'Object' && type === name) return 'an object that inherits from another one';
  if (typeof name !== 'string' || name === '' || name === type) return `a value of type ${type}`;
  return name === 'Object' ? `an object of type ${type}` : `an object of class ${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function mapFields(fields: Readonly<Record<string, unknown>>, inner: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, inner(value)]));
}
