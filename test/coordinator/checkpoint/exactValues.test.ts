import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { packPlain, unpackPlain } from '../../../src/coordinator/checkpoint/plainMsgpack.js';
import { Trainer } from '../../../src/coordinator/trainer.js';
import { adam } from '../../../src/index.js';

const through = (value: unknown): unknown => unpackPlain(packPlain(value));
const elsewhere = (code: string): unknown => runInNewContext(code);

const numbers = [1.5, -0, 0, Number.NaN, 300, -7];
const typed = {
  Int8Array: Int8Array.of(-128, 127, 3),
  Uint8Array: Uint8Array.of(0, 200, 255),
  Uint8ClampedArray: Uint8ClampedArray.of(0, 200, 255),
  Int16Array: Int16Array.of(-32768, 300),
  Uint16Array: Uint16Array.of(300, 65535),
  Int32Array: Int32Array.of(-(2 ** 31), 7),
  Uint32Array: Uint32Array.of(2 ** 32 - 1),
  Float32Array: Float32Array.from(numbers),
  Float64Array: Float64Array.from([...numbers, Math.PI, 2 ** -1074, Number.NEGATIVE_INFINITY]),
  BigInt64Array: BigInt64Array.of(-(2n ** 63n), 5n),
  BigUint64Array: BigUint64Array.of(2n ** 64n - 1n),
};
const Float16Array = (globalThis as { Float16Array?: { from(values: number[]): unknown } }).Float16Array;

const kept: Readonly<Record<string, unknown>> = {
  null: null,
  undefined: undefined,
  'undefined in an object': { a: undefined, b: 1 },
  'undefined in an array': [undefined, 1, undefined],
  true: true,
  false: false,
  '0': 0,
  '-0': -0,
  '-0 in an array': [-0, 0],
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  'a fraction': 0.1,
  'the smallest number': Number.MIN_VALUE,
  'the largest number': Number.MAX_VALUE,
  'whole numbers around the limits of their forms': [7, 8, 15, 16, 31, 32, 52, 53, 63, 64].flatMap((power) =>
    [-1, 0, 1].flatMap((more) => [2 ** power + more, -(2 ** power) + more]),
  ),
  'an empty text': '',
  'a text with signs of all planes': 'aé\0\u2028漢😀',
  'a long text': 'x'.repeat(70_000),
  'a bigint': 12n,
  'a negative bigint': -(2n ** 200n),
  'a bigint of 0': 0n,
  ...typed,
  ...(Float16Array && { Float16Array: Float16Array.from([1.5, -0]) }),
  'an empty typed array': new Float32Array(0),
  'a view on a part of a buffer': new Float32Array(Float32Array.of(1, 2, 3, 4).buffer, 4, 2),
  'a view on an odd part of a buffer': new Uint8Array(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
  'a typed array over shared memory': (() => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([1, 2]);
    return shared;
  })(),
  'a Buffer': Buffer.from('abc'),
  'an ArrayBuffer': Float64Array.of(1, 2).buffer,
  'a DataView': new DataView(Uint8Array.of(1, 2, 3).buffer, 1),
  'a Set': new Set([1, 'a', { b: Float32Array.of(1) }, -0]),
  'an empty Set': new Set(),
  'a Map': new Map<unknown, unknown>([
    ['a', 1],
    [2, new Map([[null, undefined]])],
    [{ key: 1 }, [Number.NaN]],
  ]),
  'a Date': new Date(1234567890123),
  'an object without a prototype': Object.assign(Object.create(null), { a: 1, b: { c: -0 } }),
  'an object': { a: { b: [{ c: null }] }, 'odd key': 1, '': 2, 7: 3 },
  'a key that means something elsewhere': { hasOwnProperty: 1, toString: 'x', value: 2, length: 3, toJSON: null },
  'an array': [[], [1, [2]]],
  'a value that stands twice': (() => {
    const twice = { a: 1 };
    return [twice, twice];
  })(),
};

const ofOtherRealms: Readonly<Record<string, [code: string, same: unknown]>> = {
  'an object': ['({ a: [1, { b: -0 }] })', { a: [1, { b: -0 }] }],
  'a Float32Array': ['Float32Array.of(1.5, -0)', Float32Array.of(1.5, -0)],
  'a Uint8Array': ['Uint8Array.of(1, 2)', Uint8Array.of(1, 2)],
  'an ArrayBuffer': ['Uint8Array.of(1, 2).buffer', Uint8Array.of(1, 2).buffer],
  'a DataView': ['new DataView(Uint8Array.of(1, 2).buffer)', new DataView(Uint8Array.of(1, 2).buffer)],
  'a Map': ['new Map([[1, { a: 1 }]])', new Map([[1, { a: 1 }]])],
  'a Set': ['new Set([1, [2]])', new Set([1, [2]])],
  'a Date': ['new Date(5)', new Date(5)],
};

class Mine {
  a = 1;
}
const cyclic: { a: unknown[] } = { a: [] };
cyclic.a.push({ b: cyclic });
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

/** What is refused: its path within `{ a: [value] }`, and how it is called. */
const refused: Readonly<Record<string, [value: unknown, told: string]>> = {
  'a function': [() => 1, '.a[0] is a function'],
  'a class': [Mine, '.a[0] is a function'],
  'a symbol': [Symbol('x'), '.a[0] is a symbol'],
  'a Promise': [Promise.resolve(1), '.a[0] is a value of type Promise'],
  'a SharedArrayBuffer': [new SharedArrayBuffer(4), '.a[0] is a value of type SharedArrayBuffer'],
  'a WeakMap': [new WeakMap(), '.a[0] is a value of type WeakMap'],
  'a WeakRef': [new WeakRef({}), '.a[0] is a value of type WeakRef'],
  'a RegExp': [/x/, '.a[0] is a value of type RegExp'],
  'an Error': [new Error('x'), '.a[0] is a value of type Error'],
  'a boxed number': [Object(1), '.a[0] is a value of type Number'],
  'a boxed text': [Object('x'), '.a[0] is a value of type String'],
  'a URL': [new URL('file:///x'), '.a[0] is a value of type URL'],
  'an iterator': [[1].values(), '.a[0] is an object of type Array Iterator'],
  arguments: [
    (function () {
      // biome-ignore lint/complexity/noArguments: it is what is refused
      return arguments;
    })(),
    '.a[0] is an object of type Arguments',
  ],
  'an instance of a class': [new Mine(), '.a[0] is an object of class Mine'],
  'an array of a class': [new (class Rows extends Array {})(), '.a[0] is an object of class Rows'],
  'a Map of a class': [new (class Cache extends Map {})(), '.a[0] is an object of class Cache'],
  'a typed array of a class': [new (class Vector extends Float32Array {})(2), '.a[0] is an object of class Vector'],
  'an object that inherits': [Object.create({ b: 1 }), '.a[0] is an object that inherits from another one'],
  'an array with another prototype': [Object.setPrototypeOf([1], { b: 1 }), '.a[0] is an object of type Array'],
  'a Proxy': [new Proxy({}, {}), '.a[0] is a Proxy'],
  'a Proxy of an array': [new Proxy([], {}), '.a[0] is a Proxy'],
  'a value within itself': [cyclic, '.a[0].a[0].b is a value that it lies within'],
  'a place of an array that was never assigned': [
    Object.assign(new Array(3), { 0: 1, 2: 2 }),
    '.a[0][1] is a place that was never assigned',
  ],
  'an array with a name': [Object.assign([1], { mean: 2 }), '.a[0] is an array that has more than its items'],
  'a Map with a name': [
    Object.assign(new Map(), { mean: 2 }),
    '.a[0] is a value of type Map with a property mean of its own',
  ],
  'a getter': [
    {
      get b() {
        return 1;
      },
    },
    '.a[0].b is a getter or a setter',
  ],
  'a hidden property': [Object.defineProperty({}, 'b', { value: 1 }), '.a[0].b is a hidden property'],
  'a symbol for a key': [{ [Symbol('x')]: 1 }, '.a[0] is an object with a symbol for a key'],
  'a key that reaches the prototype': [JSON.parse('{"__proto__": 1}'), '.a[0].__proto__ is a property whose name'],
  'the key constructor': [{ constructor: 1 }, '.a[0].constructor is a property whose name a checkpoint cannot hold'],
  'a key of the format': [{ '\0': 'Map' }, '.a[0]["\\u0000"] is a property whose name a checkpoint cannot hold'],
  'half of a pair of surrogates': ['x\ud800', '.a[0] is a text with half of a surrogate pair'],
  'half of one for a key': [{ 'x\ud800': 1 }, '.a[0]["x\\ud800"] is a property whose name'],
  'a function deep within': [{ b: new Map([['k', [1, () => 1]]]) }, '.a[0].b[0][1] is a function'],
  'an odd key on the way': [{ 'odd key': Symbol('x') }, '.a[0]["odd key"] is a symbol'],
  'a value within 300 others': [deep(300), 'is deeper than 200 values within values'],
  'an instance of another realm': [elsewhere('new (class Mine {})()'), '.a[0] is an object of class Mine'],
  'a Promise of another realm': [elsewhere('Promise.resolve()'), '.a[0] is a value of type Promise'],
};

describe('A value in a checkpoint comes back without a change', () => {
  for (const [what, value] of Object.entries(kept)) {
    test(what, () => {
      assert.deepStrictEqual(through(value), value);
      assert.deepStrictEqual(through({ a: [value] }), { a: [value] });
    });
  }

  for (const [what, [code, same]] of Object.entries(ofOtherRealms)) {
    test(`${what} of another realm, as one of this`, () => assert.deepStrictEqual(through(elsewhere(code)), same));
  }

  test('any mixture of these', () => {
    const anything = fc.anything({
      ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
      ...{ withNullPrototype: true, withSparseArray: false, withObjectString: false, maxDepth: 4 },
    });
    const hasForbidden = (value: unknown): boolean => {
      try {
        packPlain(value);
        return false;
      } catch {
        return true;
      }
    };
    let refusals = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (hasForbidden(value)) refusals++;
        else assert.deepStrictEqual(through(value), value);
      }),
      { numRuns: 2_000, seed: 19 },
    );
    assert.ok(refusals < 200, `${refusals} of 2,000 refused`);
  });

  test('a Date that is none', () => assert.ok(Number.isNaN((through(new Date(Number.NaN)) as Date).getTime())));

  test('its bytes are its own', () => {
    const bytes = packPlain(Uint8Array.of(1, 2, 3));
    const value = unpackPlain(bytes) as Uint8Array;
    bytes.fill(0);
    assert.deepStrictEqual(value, Uint8Array.of(1, 2, 3));
  });
});

describe('A value that a checkpoint cannot hold is refused by its path', () => {
  for (const [what, [value, told]] of Object.entries(refused)) {
    test(what, () =>
      assert.throws(
        () => packPlain({ a: [value] }),
        ({ message }: Error) => message.includes(told),
      ),
    );
  }

  test('that of a callback by its name', async () => {
    const options = { optimizer: adam(), loss: 'meanSquaredError', engine: 'reference', workers: 1 } as const;
    await using trainer = await Trainer.create([{ type: 'Dense', units: 1, inputShape: [1] }], options);
    const history = { name: 'history', state: () => ({ best: [1, { at: Promise.resolve() }] }), restore: () => {} };
    const fitted = trainer.fit(
      { x: Float32Array.of(1, 2), y: Float32Array.of(1, 2) },
      { epochs: 2, callbacks: [history, { onEpochEnd: (_epoch, _logs, fit) => fit.checkpoint('never.ckpt') }] },
    );
    await assert.rejects(fitted, {
      code: 'INVALID_STATE',
      message:
        /^A checkpoint cannot hold what the callback history remembers: state\(\)\.best\[1\]\.at is a value of type Promise; return /,
    });
  });
});

describe('Bytes that no value was packed into are refused', () => {
  const tag = (kind: string, ...value: number[]): number[] => [
    ...[value.length === 0 ? 0x81 : 0x82, 0xa1, 0, 0xa0 + kind.length, ...Buffer.from(kind)],
    ...(value.length === 0 ? [] : [0xa5, ...Buffer.from('value'), ...value]),
  ];
  const bytes: Readonly<Record<string, number[]>> = {
    'a kind that there is not': tag('Promise'),
    'a kind that objects inherit': tag('toString'),
    'a kind that is no text': [0x81, 0xa1, 0, 0x01],
    'a typed array without bytes': tag('Int16Array'),
    'a typed array of a number': tag('Int16Array', 0x05),
    'a typed array of half an element': tag('Int16Array', 0xc4, 3, 1, 2, 3),
    'a Map of numbers': tag('Map', 0x91, 0x05),
    'a Set that is none': tag('Set', 0x05),
    'a Date without its time': tag('Date', 0xa1, 0x41),
    'a bigint that is no number': tag('bigint', 0xa2, 0x31, 0x32),
    'an object without fields': tag('bare', 0x05),
  };
  for (const [what, given] of Object.entries(bytes)) {
    test(what, () => assert.throws(() => unpackPlain(Uint8Array.from(given))));
  }
});
