import { defaultLiveBounds } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { flags as declared } from '../src/flags.ts';
import { makeBody } from './support/body.ts';
import { readBounds, readConstant } from './support/bounds-table.ts';
import { announce } from './support/delivery.ts';
import type { RunningProgram } from './support/program.ts';
import { startReady } from './support/ready.ts';
import { talk } from './support/talk.ts';

/** How a row of the table is checked. */
interface Check {
  /** The amounts that its bound has to name. */
  readonly amounts: readonly number[];
  /** Passes the bound, and sees what the row says. */
  readonly pass?: (program: RunningProgram) => Promise<void>;
}

const config = readConfig([], {}, false);
if (typeof config === 'string') throw new Error('it read no configuration');
const { limits, liveBounds } = config;
const names = Object.values(declared).map(({ title }) => title);
const own = (file: string, name: string): number => readConstant(`auditlogger/src/${file}`, name);
const snoopdb = (file: string, name: string): number => readConstant(`snoopdb/src/${file}`, name);

/** By what the row is about. A row without a check, and a check without a row, fail. */
const checks: Readonly<Record<string, Check>> = {
  'path and headers of a request': {
    amounts: [own('http-server.ts', 'maxHeaderBytes')],
    pass: async ({ url }) => {
      expect(await talk(url, `GET /${'x'.repeat(16 * 1024)} HTTP/1.1\r\nhost: a\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    },
  },
  'time for the headers of a request': { amounts: [own('http-server.ts', 'headersTimeoutMs')] },
  'time of a TLS handshake': { amounts: [own('http-server.ts', 'handshakeTimeoutMs')] },
  connections: { amounts: [limits.connections] },
  'idle time of a connection': { amounts: [own('http-server.ts', 'keepAliveTimeoutMs')] },
  'requests of one connection, other than `POST /events`': {
    amounts: [1, 1],
    pass: async ({ url }) => {
      const heard = await talk(url, 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3));
      expect(heard.split('HTTP/1.1 ').length - 1).toBeLessThan(3);
    },
  },
  'connections to `--metrics-listen`': { amounts: [own('metrics-server.ts', 'maxMetricsConnections')] },
  'name of a source': {
    amounts: [100],
    pass: async (program) => {
      expect(await sendTo(program, 'x'.repeat(100))).toBe(200);
      expect(await sendTo(program, 'x'.repeat(101))).toBe(400);
    },
  },
  'sources that senders name': { amounts: [liveBounds.maxSources] },
  'hits of these sources together': { amounts: [liveBounds.maxHits] },
  'hits of a source, for each of live tests, e2e tests and other agents': {
    amounts: [snoopdb('hits/save-hits.ts', 'defaultHitLimit')],
  },
  'one body, decoded': {
    amounts: [limits.bodyBytes],
    pass: async ({ url }) => {
      const { sending, answer } = announce(url, { 'content-length': limits.bodyBytes + 1 });
      expect(await answer).toMatchObject({ status: 413 });
      sending.destroy();
    },
  },
  'all bodies in flight': { amounts: [limits.queueBytes] },
  'a body of more than half of that': { amounts: [] },
  'time for a body': { amounts: [own('intake.ts', 'receiveMs')] },
  'time to store a body': { amounts: [own('intake.ts', 'storeMs')] },
  'rest of a refused body': {
    amounts: [own('connections.ts', 'restMs'), own('connections.ts', 'maxRestBytes')],
  },
  'events of a body': {
    amounts: [snoopdb('events/received-body.ts', 'maxEvents')],
    pass: async (program) => {
      const items = `${'{},'.repeat(snoopdb('events/received-body.ts', 'maxEvents'))}{}`;
      const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${items}]}`;
      expect((await program.send(body)).status).toBe(413);
    },
  },
  'nesting of an event': { amounts: [snoopdb('events/json-scanner.ts', 'maxDepth')] },
  'events of a body that cannot be stored': {
    amounts: [snoopdb('events/received-body.ts', 'maxRejected')],
    pass: async (program) => {
      const bad = '{"auditID":"\\u0000"},';
      const items = `${bad.repeat(snoopdb('events/received-body.ts', 'maxRejected'))}{"auditID":"\\u0000"}`;
      expect(
        (await program.send(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${items}]}`)).status,
      ).toBe(413);
    },
  },
  '`requestURI` of an event, undecoded': { amounts: [snoopdb('events/event-list.ts', 'maxUriBytes')] },
  '`auditID`, `stage`, `verb` and `userAgent` of an event': {
    amounts: [snoopdb('events/event-list.ts', 'maxFieldBytes')],
  },
  'user agent and `auditID` of a live test': {
    amounts: [
      snoopdb('events/event-list.ts', 'maxLiveAgentBytes'),
      snoopdb('events/event-list.ts', 'maxLiveAuditIdBytes'),
    ],
  },
  'one run of whitespace, key or number': { amounts: [snoopdb('events/json-scanner.ts', 'maxRunBytes')] },
  'bodies in the spool': { amounts: [declared.spoolMaxBytes.defaultValue] },
  'live events': { amounts: [liveBounds.maxRows] },
  'rejected events': { amounts: [defaultLiveBounds.maxRejectedRows, defaultLiveBounds.maxRejectedBytes] },
  'log lines about refused bodies': { amounts: [own('refusal-log.ts', 'pauseMs')] },
};

const rows = readBounds();

test('each row of the table is checked, and there is a row for each check', () => {
  expect(rows.map(({ what }) => what).sort()).toEqual(Object.keys(checks).sort());
});

test.for(rows.map((row) => [row.what, row] as const))(
  'the bound of: %s',
  async ([what, { flags, amounts, beyond }]) => {
    expect(amounts).toEqual(checks[what]?.amounts);
    for (const flag of flags) expect(names).toContain(`--${flag}`);
    expect(beyond).not.toBe('');
    const { pass } = checks[what] ?? {};
    if (pass !== undefined) await pass((await startReady()).program);
  },
);

async function sendTo({ url }: RunningProgram, source: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/events/${source}`, { method: 'POST', headers, body: makeBody(1).body })).status;
}
