import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { TokenGate } from '../../src/ui/access/token.ts';
import { createUi } from '../../src/ui/app.ts';
import { createPageServer, listen } from '../../src/ui/page-server.ts';

test('a target that is not a URL needs the token, and is not logged as a fault', async () => {
  const logged: string[] = [];
  const address = { host: '127.0.0.1', port: 0 };
  const answer = createUi({
    getPool() {
      throw new Error('There is no database.');
    },
    assets: { script: 'assets/a.js', styles: [] },
    version: '0',
    rules: { listen: address, gate: new TokenGate('a token of a test') },
    log: (line) => void logged.push(line),
  });
  const server = createPageServer({ answer, checkUpgrade: () => null, onLive: () => {}, countLive: () => 0 });
  const port = await listen(server, address);
  onTestFinished(() => void server.close());
  const client = connect(port, '127.0.0.1');
  client.write(`GET /\\[ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  expect(await text(client)).toMatch(/^HTTP\/1\.1 401 /);
  expect(logged).toEqual([]);
});
