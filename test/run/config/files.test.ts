import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dataPath, readConfig } from '../../../src/run/config/read.js';

const json = `{
\t"model": {"layers": [{"type": "Dense", "units": 1, "inputShape": [2]}]},
\t"data": {"csv": "data/a.csv"},
\t"compile": {"optimizer": "sgd", "loss": "mse"}
}`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

async function read(name: string, text: string) {
  const path = join(folder, name);
  await writeFile(path, text);
  return readConfig(path);
}

describe('A config file', () => {
  const files: [string, string][] = [
    ['tiny.json', json],
    ['tiny.yaml', json],
    ['tiny.mjs', `export default ${json};`],
    ['tiny.js', `export const config = ${json};`],
  ];
  for (const [name, text] of files) {
    test(`may be ${name}; it names the run, and its paths start from its folder`, async () => {
      const config = await read(name, text);
      assert.equal(config.name, 'tiny');
      assert.equal(dataPath(config), join(folder, 'data', 'a.csv'));
    });
  }

  test('may be a run directory, which stands for the config stored in it', async () => {
    await writeFile(join(folder, 'config.json'), json);
    assert.equal((await readConfig(folder)).run.out, folder);
  });

  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefg'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[i]}`).join(', ')}]`),
  ].join('\n');
  const table: [string, string, string, RegExp][] = [
    ['broken.yaml', 'model: [1', 'CONFIG_UNREADABLE', /broken\.yaml cannot be parsed: .* at line 1/],
    ['twice.yaml', 'a: 1\na: 2', 'CONFIG_UNREADABLE', /must be unique at line 2/],
    ['several.yaml', 'a: 1\n---\nb: 2', 'CONFIG_UNREADABLE', /multiple documents/],
    ['bomb.yaml', bomb, 'CONFIG_UNREADABLE', /[Aa]lias/],
    ['loop.yaml', 'fit: &f {deeper: *f}', 'CONFIG_INVALID', /nested more than/],
    ['proto.yaml', '__proto__: {polluted: true}', 'CONFIG_FORBIDDEN_KEY', /__proto__/],
    ['empty.yaml', '', 'CONFIG_INVALID', /holds no config/],
    ['list.yaml', '[1, 2]', 'CONFIG_INVALID', /holds no config/],
    ['nothing.mjs', 'export {};', 'CONFIG_INVALID', /exports no config/],
    ['thrown.mjs', 'throw new Error("oh");', 'CONFIG_UNREADABLE', /cannot be imported: oh/],
    ['config.txt', json, 'CONFIG_UNREADABLE', /ends in \.txt; give a \.yaml/],
  ];
  for (const [name, text, code, message] of table) {
    test(`such as ${name} is refused in a sentence`, () => assert.rejects(read(name, text), { code, message }));
  }

  test('that is missing is refused by its path', async () => {
    await assert.rejects(readConfig('/nowhere.yaml'), {
      message: /\/nowhere\.yaml cannot be read: there is no such file/,
    });
  });

  test('in TypeScript is imported, or refused where Node cannot', async () => {
    const attempt = read('typed.ts', `const config: object = ${json};\nexport default config;`);
    const imported = await attempt.then(
      ({ name }) => name,
      (error: Error) => error.message,
    );
    assert.match(imported, /^typed$|cannot import TypeScript.*--import tsx/);
  });
});
