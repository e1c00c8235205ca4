import { createEventWriter, type Pool } from '@snoop/snoopdb';

/** Sends audit events of a person's requests to SnoopDB, as the auditlogger does. */
export interface EventSender {
  /** @returns when they were committed, in ms since the epoch */
  send(uris: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

export function openSender(pool: Pool): EventSender {
  const writer = createEventWriter(pool, { source: 'bench' });
  let sent = 0;
  return {
    async send(uris) {
      const time = new Date().toISOString();
      const first = sent;
      sent += uris.length;
      const items = uris.map((requestURI, number) => ({
        ...{
          level: 'Metadata',
          auditID: `bench-${first + number}`,
          stage: 'ResponseComplete',
          requestURI,
          verb: 'get',
        },
        ...{ user: { username: 'ada' }, userAgent: 'kubectl/v1.36', responseStatus: { metadata: {}, code: 200 } },
        ...{ requestReceivedTimestamp: time, stageTimestamp: time },
      }));
      await writer.write(
        Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })),
      );
      return Date.now();
    },
    close: () => writer.close(),
  };
}

/** Sends `perSecond` events a second, in ten bodies, over the collections of the core API. */
export async function sendSteadily(sender: EventSender, perSecond: number, seconds: number): Promise<number> {
  const uris = ['pods', 'services', 'configmaps', 'secrets', 'events', 'endpoints', 'nodes', 'namespaces'].map(
    (name) => `/api/v1/${name}`,
  );
  const started = performance.now();
  let sent = 0;
  for (let tick = 0; tick < seconds * 10; tick += 1) {
    const wait = started + tick * 100 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await sender.send(
      Array.from({ length: perSecond / 10 }, (_none, number) => uris[(sent + number) % uris.length] ?? ''),
    );
    sent += perSecond / 10;
  }
  return sent;
}
