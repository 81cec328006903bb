import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { Hdf5Fault } from '../../../../src/coordinator/models/hdf5/fault.js';
import { Hdf5File } from '../../../../src/coordinator/models/hdf5/file.js';
import { writeHdf5 } from '../../../../src/coordinator/models/hdf5/write.js';
import { crc32, crc32ByTable } from '../../../../src/coordinator/models/keras/crc32.js';
import { Trainer } from '../../../../src/index.js';

/** Files of Keras that somebody has made to do harm end in one sentence, before anything is read that they have no right to. */

const OPTIONS = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 } as const;
const folder = await mkdtemp(join(tmpdir(), 'lockstep-hostile-'));
after(() => rm(folder, { recursive: true }));

const tensor = { shape: [4], values: Float32Array.of(1, 2, 3, 4) };
const whole = Buffer.concat([...writeHdf5({ attributes: { name: 'n' }, members: { a: tensor, b: tensor } }).pieces()]);

const open = (bytes: Uint8Array): Hdf5File => new Hdf5File({ bytes });
const changed = (at: number, change: (bytes: Buffer) => void): Buffer => {
  const copy = Buffer.from(whole);
  change(copy.subarray(at));
  return copy;
};
/** The place of the symbol of the first member. */
const SYMBOL = whole.indexOf('SNOD') + 8;
/** Of the header of the first tensor, and of its messages. */
const HEADER = Number(whole.readBigUInt64LE(SYMBOL + 8));
const messageAt = (type: number): number => {
  for (let at = HEADER + 16; ; at += 8 + whole.readUInt16LE(at + 2)) if (whole.readUInt16LE(at) === type) return at;
};

describe('A file of HDF5', () => {
  test('that is whole is read', () => {
    const file = open(whole);
    assert.deepEqual([...file.root.members.keys()], ['a', 'b']);
    assert.deepEqual(file.floats(file.requireDataset('a')), tensor.values);
  });

  const refused: readonly (readonly [string, Buffer, RegExp])[] = [
    ['a link', changed(SYMBOL + 16, (bytes) => bytes.writeUInt32LE(2)), /is a link to another place or file/],
    ['data in another file', changed(messageAt(5), (bytes) => bytes.writeUInt16LE(7)), /lie in another file/],
    ['data in chunks', changed(messageAt(8) + 9, (bytes) => (bytes[0] = 2)), /in chunks/],
    ['references to objects', changed(messageAt(3) + 8, (bytes) => (bytes[0] = 0x17)), /references to objects/],
    [
      'two names of one object',
      changed(SYMBOL + 48, (bytes) => bytes.writeBigUInt64LE(BigInt(HEADER))),
      /of one object/,
    ],
    [
      'a shape beyond its bytes',
      changed(messageAt(1) + 16, (bytes) => bytes.writeBigUInt64LE(2n ** 40n)),
      /bytes for a tensor/,
    ],
    ['a place beyond its end', changed(messageAt(8) + 10, (bytes) => bytes.writeBigUInt64LE(2n ** 50n)), /points to/],
    ['no number for an address', changed(SYMBOL + 8, (bytes) => bytes.fill(0xfe, 0, 8)), /length or an address/],
    ['half of itself', whole.subarray(0, whole.length / 2), /points to|too early/],
  ];
  for (const [what, bytes, message] of refused) {
    test(`with ${what} is refused`, () => {
      assert.throws(
        () => open(bytes),
        (error: unknown) => error instanceof Hdf5Fault && message.test(error.message),
      );
    });
  }

  test('whose tree leads back to itself is refused', () => {
    const tree = whole.indexOf('TREE');
    const back = changed(tree, (bytes) => {
      bytes[5] = 1;
      bytes.writeBigUInt64LE(BigInt(tree), 32);
    });
    assert.throws(() => open(back), /leads back to itself/);
  });
});

describe('A .keras file', () => {
  const create = async (bytes: Uint8Array): Promise<void> => {
    const path = join(folder, 'x.keras');
    await writeFile(path, bytes);
    await (await Trainer.create(path, OPTIONS)).close();
  };
  const layers = [{ module: 'keras.layers', class_name: 'InputLayer', config: { name: 'i', batch_shape: [null, 4] } }];
  const config = (more: object) =>
    JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers: [...layers, more] } });
  const dense = { module: 'keras.layers', class_name: 'Dense', config: { name: 'd', units: 2 } };

  const refused: readonly (readonly [string, Record<string, Uint8Array>, RegExp])[] = [
    ['a member of another folder', { '../config.json': strToU8('{}') }, /invalid relative path/],
    ['no weights', { 'config.json': strToU8(config(dense)) }, /no member model\.weights\.h5/],
    ['no config', { 'model.weights.h5': whole }, /no member config\.json/],
    ['a member that is blown up', { 'config.json': new Uint8Array(10_000_000) }, /is said to be of 10000000 bytes/],
    [
      'layers of more weights than it has',
      { 'config.json': strToU8(config({ ...dense, config: { name: 'd', units: 1e9 } })), 'model.weights.h5': whole },
      /more weights than are stored/,
    ],
    [
      'weights that are none of its layers',
      { 'config.json': strToU8(config({ ...dense, config: { name: 'd', units: 1 } })), 'model.weights.h5': whole },
      /has weights of shapes none in layers\/dense\/vars for layer d/,
    ],
    [
      'a Lambda',
      { 'config.json': strToU8(config({ ...dense, class_name: 'Lambda' })), 'model.weights.h5': whole },
      /Lambda/,
    ],
    [
      'a model of Python code',
      { 'config.json': strToU8(JSON.stringify({ class_name: 'Mine', config: {} })), 'model.weights.h5': whole },
      /holds a Mine that is neither Sequential nor Functional/,
    ],
  ];
  for (const [what, members, message] of refused) {
    test(`with ${what} is refused`, async () => {
      await assert.rejects(create(zipSync(members)), (error: Error & { code?: string }) => {
        assert.equal(error.constructor.name, 'LockstepError');
        assert.match(error.message, message);
        return true;
      });
    });
  }

  test('of which a byte has changed is refused by its checksum', async () => {
    const path = join(folder, 'good.keras');
    const trainer = await Trainer.create([{ type: 'Dense', units: 2, inputShape: [4] }], OPTIONS);
    await trainer.save(path);
    await trainer.close();
    const bytes = await readFile(path);
    bytes[bytes.length - 700] ^= 1;
    await assert.rejects(create(bytes), { code: 'UNREADABLE_MODEL' });
  });
});

test('the checksum by table is that of Node', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251);
  assert.equal(crc32ByTable(bytes), crc32(bytes));
  assert.equal(crc32ByTable(bytes.subarray(400), crc32ByTable(bytes.subarray(0, 400))), crc32(bytes));
  // That of `python -c "import zlib; print(zlib.crc32(b'123456789'))"`.
  assert.equal(crc32ByTable(Buffer.from('123456789')), 3421780262);
});
