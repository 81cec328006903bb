import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionalModule } from '../../src/shared/modules.js';

test('a package that is not installed is one sentence that names it and how to get it', async () => {
  const name = 'no-such-package';
  await assert.rejects(
    optionalModule(name, 'TGA pictures are decoded', () => import(name)),
    {
      code: 'PACKAGE_MISSING',
      blame: 'user',
      message:
        /^TGA pictures are decoded by the package no-such-package, which cannot be loaded \(.*\); install it with: npm install no-such-package\.$/,
    },
  );
  assert.equal(await optionalModule(name, 'Nothing is done', async () => 7), 7);
});
