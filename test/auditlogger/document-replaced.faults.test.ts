import { loadClusterDocument, type Pool, resolveAgain } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { makeDocument, podEndpoint, widgetEndpoint, widgetPath } from './support/document.ts';
import { makeEvent, writeList } from './support/event.ts';
import { source, startReady } from './support/ready.ts';

const kinds = 12;

async function loadDocument(pool: Pool, widgets: number): Promise<void> {
  const document = makeDocument(widgets);
  await loadClusterDocument(pool, { source, version: `v1.36.${widgets % 3}`, etag: `${widgets}`, document });
}

async function countUnresolved(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select ((select count(*) from testing.audit_event where endpoint is null)
             + (select count(*) from testing.rejected_event where endpoint is null))::int as count`,
  );
  return rows[0]?.count ?? 0;
}

/** Requests for pods and for every custom resource; one of each of these is rejected. */
function makeBody(): Buffer {
  const numbers = Array.from({ length: kinds }, (_, number) => number);
  const lists = numbers.map((number) =>
    makeEvent({ requestURI: widgetPath(number), userAgent: `live-test-w${number}` }),
  );
  const poisoned = numbers.map((number) =>
    JSON.stringify(makeEvent({ requestURI: widgetPath(number), odd: '\0', userAgent: 'live-test-aside' })),
  );
  return writeList([makeEvent(), ...lists, ...poisoned, makeEvent()]);
}

test("the cluster's OpenAPI document is replaced while bodies are sent: none fails, and finally all resolve", async () => {
  const { pool, checker, deliver } = await startReady();
  expect(await deliver(makeBody())).toMatchObject({ status: 200 });
  expect(await countUnresolved(pool)).toBe(2 * kinds);

  let known = 0;
  const replacing = (async () => {
    while (known < kinds) {
      await loadDocument(pool, known + 1);
      await resolveAgain(pool, source);
      // And again without it: what is gone is still known.
      await loadDocument(pool, known);
      known += 1;
      await loadDocument(pool, known);
    }
  })();
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const seen = new Set<number>();
      do seen.add((await deliver(makeBody())).status);
      while (known < kinds);
      return [...seen];
    }),
  );
  await replacing;
  expect(statuses).toEqual(statuses.map(() => [200]));

  await resolveAgain(pool, source);
  expect(await countUnresolved(pool)).toBe(0);
  const { rows } = await pool.query<{ endpoint: string }>('select distinct endpoint from testing.endpoint_hit');
  const endpoints = [podEndpoint, ...Array.from({ length: kinds }, (_, number) => widgetEndpoint(number))];
  expect(rows.map(({ endpoint }) => endpoint).sort()).toEqual(endpoints.sort());
  await checker.check(pool);
});
