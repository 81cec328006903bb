import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ArrayFile } from '../../../../src/coordinator/data/arrays/arrayFile.js';
import { openArrow } from '../../../../src/coordinator/data/arrays/arrow.js';
import { openCifar } from '../../../../src/coordinator/data/arrays/cifar.js';
import { openArrays } from '../../../../src/coordinator/data/arrays/open.js';
import { openRaw } from '../../../../src/coordinator/data/arrays/raw.js';
import { readNumbers, readTexts, rowsOf } from '../../../../src/coordinator/data/arrays/storedArray.js';
import { data } from '../../../../src/index.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

/** Files of arrays as NumPy and others write them: test/golden/generate/arrays.py made them and tells what they hold. */

const golden = join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'arrays');

interface Held {
  readonly file: string;
  readonly key: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string | boolean)[];
}

const { read, refused } = JSON.parse(await readFile(join(golden, 'index.json'), 'utf8')) as {
  read: readonly Held[];
  refused: readonly { file: string; says: string }[];
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

function openGolden(file: string): Promise<ArrayFile> {
  if (/\.(arrow|feather)$/.test(file)) return openArrow(join(golden, file));
  return file.startsWith('cifar') ? openCifar(join(golden, file), 'train') : openArrays(join(golden, file));
}

/** What JSON has no name for stands there as a text. */
function expected({ type, values }: Held): unknown[] {
  if (/[US]\d+$/.test(type)) return [...values];
  return values.map((value) => (typeof value === 'string' ? Number(value.replace('inf', 'Infinity')) : Number(value)));
}

function take(array: Awaited<ReturnType<ArrayFile['open']>>, rows: Parameters<typeof readNumbers>[1]): unknown[] {
  const isText = array.element.type === 'utf32' || array.element.type === 'latin1';
  return isText ? readTexts(array, rows) : Array.from(readNumbers(array, rows));
}

describe('An array is read', () => {
  for (const held of read) {
    test(`to the numbers that its writer had: ${held.file} ${held.key}, ${held.type} [${held.shape}]`, async () => {
      const file = await openGolden(held.file);
      const array = await file.open(held.key);
      assert.deepEqual(array.shape, held.shape);
      assert.deepEqual(take(array, { from: 0, to: rowsOf(array).rows }), expected(held));
      file.close();
    });
  }

  test('row by row in any order, to the rows that it has when it is read whole', async () => {
    for (const held of read.filter(({ shape }) => shape.length > 0 && shape[0] > 1)) {
      const file = await openGolden(held.file);
      const array = await file.open(held.key);
      const all = expected(held);
      const size = all.length / held.shape[0];
      const order = [1, 0, held.shape[0] - 1, 0, 1];
      const rows = order.flatMap((row) => all.slice(row * size, (row + 1) * size));
      assert.deepEqual(take(array, Int32Array.from(order)), rows, held.file);
      file.close();
    }
  });
});

describe('What is no array of numbers', () => {
  for (const { file, says } of refused) {
    test(`is refused by its name and with what to do: ${file}`, async () => {
      await assert.rejects(data.npy(join(golden, file)), ({ code, message }) => {
        assert.match(code, /^ARRAY_(TYPE|NUMBER)$/);
        assert.match(message, new RegExp(`^[^\n]*${file}[^\n]*${says}[^\n]*; (save|scale)[^\n]*\\.$`));
        return true;
      });
    });
  }

  test('is refused where a file was cut off, at any place of it', async () => {
    for (const name of [
      'int16.npy',
      'stored.npz',
      'packed.npz',
      'tensors.safetensors',
      'pictures-idx3-ubyte',
      'pictures-idx3-ubyte.gz',
    ]) {
      const whole = await readFile(join(golden, name));
      for (const part of [0, 0.1, 0.5, 0.9, 1 - 1 / whole.length]) {
        const path = join(folder, name);
        await writeFile(path, whole.subarray(0, Math.floor(whole.length * part)));
        const readAll = async (): Promise<void> => {
          const file = await openArrays(path);
          for (const key of file.names) await file.open(key);
        };
        await assert.rejects(readAll, { code: /^(ARRAY_INVALID|DATA_UNREADABLE)$/ }, `${name} ${part}`);
      }
    }
  });

  test('is refused where a file is cut off behind its back', async () => {
    const path = join(folder, 'shrinks.npy');
    await writeFile(path, await readFile(join(golden, 'float64.npy')));
    const file = await openArrays(path);
    const array = await file.open('');
    await truncate(path, (await stat(path)).size - 1);
    assert.throws(() => readNumbers(array, { from: 0, to: 2 }), {
      code: 'DATA_UNREADABLE',
      message: /cut off or changed/,
    });
    file.close();
  });

  test('is a file that is not there, a folder, or bytes of another kind', async () => {
    await assert.rejects(data.npy(join(folder, 'none.npy')), {
      code: 'DATA_UNREADABLE',
      message: /there is no such file/,
    });
    await assert.rejects(data.npz(folder), { code: 'DATA_UNREADABLE', message: /it is a directory/ });
    await writeFile(join(folder, 'text'), 'a,b\n1,2\n');
    for (const reader of [data.npy, data.npz, data.idx, data.safetensors, openArrays]) {
      await assert.rejects(reader(join(folder, 'text')), { code: 'ARRAY_INVALID' }, reader.name);
    }
    await assert.rejects(openCifar(join(folder, 'text'), 'train'), { code: 'ARRAY_INVALID', message: /3073/ });
  });

  test('is an array that has another check sum than its archive says', async () => {
    const bytes = await readFile(join(golden, 'packed.npz'));
    // The check sum in the central directory of the first member.
    const at = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 16;
    bytes[at] ^= 1;
    await writeFile(join(folder, 'sum.npz'), bytes);
    await assert.rejects(data.npz(join(folder, 'sum.npz')), { code: 'ARRAY_INVALID', message: /check sum/ });
  });
});

describe('An Arrow file', () => {
  test('has its missing values and columns of other types told', async () => {
    for (const file of ['plain.arrow', 'lz4.feather', 'zstd.feather']) {
      await assert.rejects(data.arrow(join(golden, file), ['null']), {
        code: 'ARRAY_MISSING_VALUE',
        message: /^null of .* has 2 missing values, the first in row 1; fill them in/,
      });
      await assert.rejects(data.arrow(join(golden, file), ['any']), { code: 'ARRAY_TYPE', message: /List<Int64>/ });
    }
  });

  test('has columns of many packed blocks, alone and put together', async () => {
    const file = await openArrow(join(golden, 'long.feather'));
    const together = await file.open('c5, c0, label');
    assert.deepEqual(together.shape, [10_000, 3]);
    for (const row of [0, 1, 5000, 9999]) {
      const [first, last] = [(6 * row) % 7, (6 * row + 5) % 7];
      assert.deepEqual(take(together, Int32Array.of(row)), [last, first, Number(first > 3)], String(row));
    }
    await assert.rejects(file.open('c5, c9'), { code: 'ARRAY_MISSING', message: /has no column c9, but c0, c1/ });
  });
});

describe('The library', () => {
  test('gives arrays by their names, texts as numbers of classes in alphabetical order', async () => {
    const { x, 'deep/y': y } = await data.npz(join(golden, 'stored.npz'), ['x', 'deep/y']);
    assert.deepEqual([x.shape, y.shape, Array.from(y.values)], [[4, 3], [4], [1, 0, 2, 1]]);
    const { values, classes } = await data.npy(join(golden, 'texts.npy'));
    assert.deepEqual(
      [Array.from(values), classes],
      [
        [1, 2, 0],
        ['a\u{1f600}', 'cat', 'dög'],
      ],
    );
    await assert.rejects(data.npz(join(golden, 'stored.npz'), ['z']), {
      code: 'ARRAY_MISSING',
      message: /has no array z, but x, deep\/y, arr_0; name/,
    });
  });

  test('reads numbers without a head by what they are said to be', async () => {
    const { values } = await data.npy(join(golden, 'int16.npy'));
    const whole = await readFile(join(golden, 'int16.npy'));
    await writeFile(join(folder, 'raw'), whole.subarray(whole.length - 12));
    const raw = await data.raw(join(folder, 'raw'), { dtype: 'int16', shape: [3] });
    assert.deepEqual(raw, { values, shape: [2, 3] });
    await assert.rejects(openRaw(join(folder, 'raw'), { dtype: 'float32', shape: [2] }), {
      code: 'ARRAY_INVALID',
      message: /has 12 bytes, 0 of them before its rows, but a row of float32 \[2\] has 8/,
    });
  });

  test('reads CIFAR with the names of its classes', async () => {
    const { x, y } = await data.cifar(join(golden, 'cifar10'));
    assert.deepEqual([x.shape, y.shape], [[4, 32, 32, 3], [4]]);
    const coarse = await data.cifar(join(golden, 'cifar100.bin'), { labels: 'coarse' });
    assert.deepEqual(Array.from(coarse.y.values), [7]);
  });
});
