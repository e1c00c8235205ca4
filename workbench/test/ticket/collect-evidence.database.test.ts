import { fileURLToPath } from 'node:url';
import { importRun, loadBaseline, type Pool, useBaseline } from '@snoop/snoopdb';
import { beforeAll, describe, expect, test } from 'vitest';
import { collectEvidence } from '../../src/ticket/collect-evidence.ts';
import { formatResult, type SqlValue } from '../../src/ticket/sql-result.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { makeDatabase } from '../support/database.ts';
import { type EvidenceName, evidenceNames, locateEvidence, readGoldenEvidence } from './support/golden-evidence.ts';

let pool: Pool;
beforeAll(async () => {
  ({ pool } = await makeDatabase());
  await loadBaseline(pool, '1.34.0');
  await loadBaseline(pool, '1.36.0');
});

async function importRuns(name: EvidenceName): Promise<string[]> {
  const { runs } = await readGoldenEvidence(name);
  for (const document of runs) await importRun(pool, name, document);
  return runs.map(({ run }) => run.id);
}

describe.for(evidenceNames)('the evidence of %s', (name) => {
  test('is the runs and the query that found their endpoints', async () => {
    const kept = await readGoldenEvidence(name);
    await useBaseline(pool, '1.36.0');
    const collected = await collectEvidence(pool, await importRuns(name), { outlineOnly: false });
    const { outline_only, query, runs } = collected;
    const { written_at, snoop_version } = kept;
    const text = JSON.stringify({ written_at, snoop_version, outline_only, query, runs }, null, 1);
    await expect(`${text}\n`).toMatchFileSnapshot(fileURLToPath(locateEvidence(name)));
  });

  test('makes a ticket whose queries return what it shows, also after other runs and with another baseline', async () => {
    const { body } = writeTicket(await readGoldenEvidence(name));
    const blocks = [...body.matchAll(/```sql\n(.*?)\n```\n\n```\n(.*?)\n```/gs)];
    await importRuns(name);
    const check = async (): Promise<void> => {
      for (const [, sql = '', shown = ''] of blocks) expect(await runSql(sql)).toBe(shown);
    };
    await useBaseline(pool, '1.36.0');
    await check();
    await useBaseline(pool, '1.34.0');
    for (const other of evidenceNames) await importRuns(other);
    await check();
    expect(blocks).toHaveLength(name === 'outline' ? 1 : name === 'exec' ? 5 : 4);
  });
});

/** The result as psql prints it. */
async function runSql(sql: string): Promise<string> {
  const { fields, rows } = await pool.query<SqlValue[]>({ text: sql, rowMode: 'array' });
  const isBigint = fields.map(({ dataTypeID }) => dataTypeID === 20);
  return formatResult({
    columns: fields.map(({ name }) => name),
    rows: rows.map((row) => row.map((value, place) => (isBigint[place] ? Number(value) : value))),
  });
}
