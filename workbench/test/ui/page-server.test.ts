import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createPageServer, listen } from '../../src/ui/page-server.ts';

test('closes a refused connection although the client keeps its side open', async () => {
  const server = createPageServer({
    answer: (_request, response) => response.end(),
    checkUpgrade: () => ({ status: 401, text: 'Open the link.' }),
    onLive: () => {},
    countLive: () => 0,
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.write('GET /data/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  let answer = '';
  client.on('data', (data) => {
    answer += String(data);
  });
  await once(client, 'end');
  expect(answer).toMatch(/^HTTP\/1\.1 401 .*Open the link\.\n$/s);
  const countConnections = promisify(server.getConnections.bind(server));
  await expect.poll(countConnections).toBe(0);
});
