import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { expect, onTestFinished, test } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import { startKubeletServer } from '../../src/control-plane/kubelet-server.ts';
import { writePartCertificates } from '../../src/control-plane/part-certificates.ts';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { makeFolder } from '../support/folder.ts';

interface Options {
  readonly execKey?: string | null;
  /** Whether something answers at kwok's port: with its path, or 101 and then all that it received. */
  readonly kwok?: boolean;
}

async function start({ execKey = null, kwok = true }: Options = {}) {
  const layout = createLayout(await makeFolder());
  await writePartCertificates(layout);
  const ports = await choosePorts(null);
  if (kwok) {
    const upstream = createServer(({ url, method }, response) => response.end(`${method} ${url}`));
    upstream.on('upgrade', ({ url }, socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n${url} `);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => upstream.listen(ports.kwok, '127.0.0.1', resolve));
    onTestFinished(() => void upstream.close());
  }
  onTestFinished(await startKubeletServer(layout, ports, execKey));
  const tls = {
    ca: readFileSync(layout.partCa),
    cert: readFileSync(layout.etcdClient.certificate),
    key: readFileSync(layout.etcdClient.key),
  };
  /** Resolves with the status and the text; of an upgraded connection, with what the other side echoed of `ping`. */
  const send = (path: string, { upgrade = false, credentials = true } = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: ports.kubelet,
        path,
        agent: false,
        ...(credentials ? tls : { ca: tls.ca }),
        ...(upgrade ? { headers: { connection: 'Upgrade', upgrade: 'test' } } : {}),
      });
      sent.on('error', reject);
      sent.once('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        answer.once('end', () => resolve(`${answer.statusCode} ${text}`.trim()));
      });
      sent.once('upgrade', (answer, socket, head) => {
        let text = head.toString();
        socket.on('data', (piece: Buffer) => {
          text += piece.toString();
          if (text.endsWith('ping')) socket.end();
        });
        socket.once('close', () => resolve(`${answer.statusCode} ${text}`));
        socket.write('ping');
      });
      sent.end();
    });
  return send;
}

const off = "403 exec is off in simulated nodes; 'snoop up --nodes N --nodes-exec' turns it on.";

test.each([
  ['/containerLogs/ns/pod/main?follow=true', '200 GET /containerLogs/ns/pod/main?follow=true'],
  ['/exec/ns/pod/main?command=id', off],
  ['/run/ns/pod/main', '404 Simulated nodes answer only log, attach, exec and portforward.'],
  ['/debug/pprof/', '404 Simulated nodes answer only log, attach, exec and portforward.'],
])('%s without exec', async (path, answer) => {
  const send = await start();
  expect(await send(path)).toBe(answer);
});

test.each([
  ['/attach/ns/pod/main', '101 /attach/ns/pod/main ping'],
  ['/portForward/ns/pod?port=80', '101 /portForward/ns/pod?port=80 ping'],
  ['/exec/ns/pod/main?command=id', off],
])('an upgrade of %s without exec', async (path, answer) => {
  const send = await start();
  expect(await send(path, { upgrade: true })).toBe(answer);
});

test.each([
  ['/exec/ns/pod/main?command=a/b', '101 /exec/ns/pod/secret?command=a/b ping'],
  ['/exec/ns/pod/uid/main', '101 /exec/ns/pod/uid/secret ping'],
])('exec of %s gets the secret name of the container', async (path, answer) => {
  const send = await start({ execKey: 'secret' });
  expect(await send(path, { upgrade: true })).toBe(answer);
});

test('answers 502 while kwok is restarted', async () => {
  const send = await start({ kwok: false });
  expect(await send('/containerLogs/ns/pod/main')).toBe('502');
  expect(await send('/attach/ns/pod/main', { upgrade: true })).toBe('502');
});

test('a client without a certificate gets no answer', async () => {
  const send = await start();
  await expect(send('/containerLogs/ns/pod/main', { credentials: false })).rejects.toThrow();
});
