import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { callbacks } from '../../../src/index.js';
import { FakeFit } from './fakeFit.js';

/** What a server gets for the logs of epoch 2. */
async function received(options: object): Promise<{ url: string | undefined; type: string | undefined; body: string }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const found = once(server, 'request').then(async ([request, response]) => {
    let body = '';
    for await (const part of request) body += part;
    response.end();
    return { url: request.url, type: request.headers['content-type'], body };
  });
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const callback = callbacks.remoteMonitor({ root, ...options });
  await callback.onEpochEnd?.(2, { loss: 0.5 }, new FakeFit('loss'));
  server.close();
  return found;
}

test('A remote monitor posts the logs in the field of a form, as Keras does', async () => {
  const { url, type, body } = await received({});
  assert.equal(url, '/publish/epoch/end/');
  assert.match(String(type), /^application\/x-www-form-urlencoded/);
  assert.deepEqual(JSON.parse(new URLSearchParams(body).get('data') as string), { epoch: 2, loss: 0.5 });
});

test('A remote monitor posts the logs as JSON when asked', async () => {
  const { url, type, body } = await received({ path: '/here', sendAsJson: true });
  assert.deepEqual([url, type], ['/here', 'application/json']);
  assert.deepEqual(JSON.parse(body), { epoch: 2, loss: 0.5 });
});

test('A remote monitor that reaches no server lets training go on', async () => {
  const callback = callbacks.remoteMonitor({ root: 'http://127.0.0.1:1' });
  await callback.onEpochEnd?.(0, { loss: 1 }, new FakeFit('loss'));
});
