import { openPool, type Pool } from '@snoop/snoopdb';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { expect, onTestFinished, test } from 'vitest';
import { makeDatabase } from './database.ts';
import { openProxy, type DatabaseProxy } from './proxy.ts';

/** What a client of PostgreSQL says of a connection that was cut, depending on what it was doing. */
const lost = /ECONNRESET|EPIPE|Connection terminated/;

async function makeWay(): Promise<{ proxy: DatabaseProxy; direct: Pool; through: Pool }> {
  const { url, pool: direct } = await makeDatabase();
  const { hostname, port } = new URL(url);
  const proxy = await openProxy({ host: hostname, port: Number(port) });
  const through = openPool(proxy.through(url), { max: 1 });
  onTestFinished(async () => {
    await proxy.close();
    await through.end();
  });
  await direct.query('create table t (n integer)');
  return { proxy, direct, through };
}

async function copyOne(pool: Pool): Promise<void> {
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    await client.query('begin');
    await pipeline(Readable.from(['1\n']), client.query(copyFrom('copy t from stdin')));
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

test('cuts between COMMIT and its answer: the row is stored, but the client cannot tell', async () => {
  const { proxy, direct, through } = await makeWay();
  await copyOne(through);
  const cut = proxy.cutAtNextCommit();
  await through.query('begin; commit');
  await expect(copyOne(through)).rejects.toThrow(lost);
  await cut;
  await copyOne(through);
  expect((await direct.query('select from t')).rowCount).toBe(3);
});

test('refuses connections, and then accepts them again', async () => {
  const { proxy, through } = await makeWay();
  await through.query('select 1');
  proxy.refuse();
  await expect(through.query('select 1')).rejects.toThrow(lost);
  proxy.pass();
  await through.query('select 1');
});

test('holds bytes without ending a connection, and delivers them later', async () => {
  const { proxy, direct, through } = await makeWay();
  await through.query('select 1');
  proxy.swallow();
  const inserted = through.query('insert into t values (1)');
  // The way beside it works, so that it is not the server that waits.
  expect((await direct.query('select from t')).rowCount).toBe(0);
  proxy.pass();
  await inserted;
  expect((await direct.query('select from t')).rowCount).toBe(1);
});
