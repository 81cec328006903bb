import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { givenPath } from '../../src/shared/givenPath.js';

describe('A path is what the user gives, or what a URL of a file names', () => {
  const table: readonly [string | URL, string][] = [
    ['model', 'model'],
    ['./a b/50%.csv', './a b/50%.csv'],
    ['/tmp/x', '/tmp/x'],
    ['-', '-'],
    ['a:b', 'a:b'],
    ['C:\\data\\x.csv', 'C:\\data\\x.csv'],
    ['files/x', 'files/x'],
    ['file:///tmp/model', '/tmp/model'],
    ['FILE:///tmp/model', '/tmp/model'],
    ['file:/tmp/model', '/tmp/model'],
    ['file://localhost/tmp/model', '/tmp/model'],
    ['file:///tmp/a%20b/50%25', '/tmp/a b/50%'],
    ['file:///tmp/a b', '/tmp/a b'],
    ['file:///out/best-{epoch:02d}.ckpt', '/out/best-{epoch:02d}.ckpt'],
    // As tfjs-node takes them: what stands behind file:// is the path.
    ['file://./model', './model'],
    ['file://../model', '../model'],
    ['file://model', 'model'],
    ['file://models/mine', 'models/mine'],
    [new URL('file:///tmp/a%23b'), '/tmp/a#b'],
  ];
  for (const [given, path] of table) test(String(given), () => assert.equal(givenPath(given), path));

  test('whatever a name has in it, and in any realm', () => {
    for (const name of ['a b', '50%', 'a#b', 'a?b', 'ü', '{epoch}', 'a\\b', "it's"]) {
      const url = pathToFileURL(join('/data', name));
      assert.equal(givenPath(url), join('/data', name));
      assert.equal(givenPath(url.href), join('/data', name));
      const foreign = runInNewContext('(href, pathname) => ({ href, pathname, protocol: "file:" })')(
        url.href,
        url.pathname,
      );
      assert.equal(givenPath(foreign), join('/data', name));
    }
  });
});

describe('What names no file of this machine is refused', () => {
  const table: readonly [unknown, RegExp][] = [
    ['https://example.com/model.json', /is a URL of https; give the path of a file or folder/],
    ['http://x/y', /URL of http/],
    ['s3://bucket/key', /URL of s3/],
    ['indexeddb://model', /URL of indexeddb/],
    ['localstorage://model', /URL of localstorage/],
    [new URL('https://example.com/'), /URL of https/],
    ['file:///tmp/a#b', /write file:\/\/\/folder\/name with %3F for \?, %23 for #/],
    ['file:///tmp/a?b', /no URL of a file/],
    ['file:///tmp/50%', /no URL of a file.*%25 for %/],
    ['file:///tmp/a%2Fb', /no URL of a file/],
    ['file:model', /no URL of a file/],
    [7, /A path is 7; give a text or a URL of a file/],
    [null, /A path is null/],
    [undefined, /A path is undefined/],
    [{}, /A path is an object of type Object/],
  ];
  for (const [given, message] of table) {
    test(String(given), () => assert.throws(() => givenPath(given as string), { code: 'INVALID_PATH', message }));
  }
});
