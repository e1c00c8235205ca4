import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createIntake } from '../src/intake.ts';
import { createMetrics } from '../src/metrics.ts';
import { createRefusalLog } from '../src/refusal-log.ts';
import { keepRejectedBodies } from '../src/rejected-bodies.ts';
import { startServer } from '../src/server.ts';
import { openStore } from '../src/store.ts';
import { issue } from './support/certificates.ts';

test('closes although a client is in the middle of a TLS handshake, which may take an hour', async () => {
  const log = pino({ level: 'silent' });
  const store = openStore({ databaseUrl: 'postgresql://127.0.0.1:1/nowhere', source: 'test', log });
  const rejectedBodies = keepRejectedBodies(store, log);
  onTestFinished(async () => {
    await rejectedBodies.close();
    await store.close();
  });
  const refusals = createRefusalLog(log);
  const metrics = createMetrics();
  const limits = { bodyBytes: 1024 ** 2, queueBytes: 1024 ** 2 };
  const { cert, key } = issue('auditlogger', null);
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    source: 'test',
    maxConnections: 10,
    intake: createIntake({ store, rejectedBodies, refusals, metrics, limits, log }),
    credentials: {
      tls: { cert, key, handshakeTimeout: 3_600_000 },
      check: () => null,
      isKnown: () => false,
      onTlsChange: () => {},
    },
    metrics,
    refusals,
    sideRoutes: (_request, response) => response.end(),
  });
  const sockets = ['', '\x16\x03\x01'].map((said) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(said));
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    return { socket, closed: once(socket.resume(), 'close') };
  });
  await expect.poll(() => server.connections, { timeout: 30_000 }).toBe(sockets.length);
  await server.close();
  await Promise.all(sockets.map(({ closed }) => closed));
  await expect.poll(() => server.connections).toBe(0);
});
