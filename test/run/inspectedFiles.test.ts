import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from '../../src/run/inspection.js';
import { train } from '../../src/run/train.js';
import { readGolden } from '../golden/cases.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** What `inspect` takes a file for, by what stands in it. */

let place: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (path: string): string => join(place.folder, path);
/** As `model.to_json()` of Keras 3.15.1 has them. */
const { cases } = readGolden<{ cases: { kind: string; model: object }[] }>('data/serialized.json');

before(async () => {
  place = await makeRunFolder();
  await train(pointsConfig(place.csv, { fit: { epochs: 1 }, run: { out: at('run') } }));
});
after(() => place.remove());

describe('A model that Keras has serialised is a model under any name', () => {
  for (const name of ['model.json', 'config.json', 'network.json', 'network.txt', 'network', 'network.yaml']) {
    test(name, async () => {
      for (const { kind, model } of cases.slice(0, 3)) {
        await writeFile(at(name), `\n${JSON.stringify(model, null, 2)}`);
        const found = await inspect(at(name));
        assert.equal(found.kind, 'model', kind);
        assert.ok(found.parameters >= 0 && found.layers.length > 0);
      }
    });
  }
});

test("So is TensorFlow.js's, beside its weights", async () => {
  const inspected = await inspect(at('run/model'));
  for (const name of ['other.json', 'other']) {
    await copyFile(at('run/model/model.json'), at(`run/model/${name}`));
    assert.deepEqual(await inspect(at(`run/model/${name}`)), inspected);
  }
});

describe('What holds no model is what its name says', () => {
  const config = JSON.stringify(pointsConfig('points.csv'));
  const table: [name: string, content: string, kind: string][] = [
    ['points.json', config, 'config'],
    ['points.yaml', config, 'config'],
  ];
  for (const [name, content, kind] of table) {
    test(name, async () => {
      await writeFile(at(name), content);
      assert.equal((await inspect(at(name))).kind, kind);
    });
  }

  const refused: [name: string, content: string, code: string][] = [
    ['broken.json', '{ "modelTopology": ', 'CONFIG_UNREADABLE'],
    ['empty.json', '', 'UNREADABLE_MODEL'],
    ['list.json', '[]', 'CONFIG_INVALID'],
    ['text', 'a model', 'NOT_A_CHECKPOINT'],
  ];
  for (const [name, content, code] of refused) {
    test(`${name} is refused`, async () => {
      await writeFile(at(name), content);
      await assert.rejects(inspect(at(name)), { code });
    });
  }
});
