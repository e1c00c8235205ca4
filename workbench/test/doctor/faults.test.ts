import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareClocks } from '../../src/doctor/clocks-station.ts';
import { faults, formatFaultTable } from '../../src/doctor/faults.ts';
import { chooseExitCode, notChecked, ok, skipped, wrong } from '../../src/doctor/finding.ts';
import { Secrets } from '../../src/doctor/secrets.ts';

const document = fileURLToPath(new URL('../../../docs/doctor.md', import.meta.url));
const sources = fileURLToPath(new URL('../../src/doctor/', import.meta.url));

test('docs/doctor.md has the table of all faults: npx vitest run workbench/test/doctor/faults.test.ts -u', async () => {
  const text = readFileSync(document, 'utf8');
  const before = text.slice(0, text.indexOf('\n| station |') + 1 || undefined);
  await expect(`${before}${formatFaultTable()}`).toMatchFileSnapshot(document);
});

test('a station can find each fault', () => {
  const code = readdirSync(sources)
    .filter((name) => name !== 'faults.ts')
    .map((name) => readFileSync(`${sources}${name}`, 'utf8'))
    .join('');
  expect(Object.keys(faults).filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});

test('fills in a sentence and its advice, and ends the sentence', () => {
  expect(wrong('baseline_far', { baseline: '1.34.0', version: '1.36.3', nearest: '1.36.0' }, ['First this.'])).toEqual({
    state: 'wrong',
    fault: 'baseline_far',
    sentence: 'The baseline is 1.34.0, and the cluster is 1.36.3; 1.36.0 is nearer.',
    advice: ['First this.', "Use it: 'snoop load baseline 1.36.0 --use'."],
  });
  expect(wrong('kubeconfig_unusable', { why: 'it is empty' }).sentence).toBe(
    'The kubeconfig cannot be used: it is empty.',
  );
});

test('exits with 1 for a fault, else 3 for what could not be checked', () => {
  const fault = wrong('no_credentials', { why: 'x' });
  expect(chooseExitCode([ok('x'), skipped('y')])).toBe(0);
  expect(chooseExitCode([ok('x'), notChecked('y')])).toBe(3);
  expect(chooseExitCode([fault, notChecked('y')])).toBe(1);
});

test('hides known secrets and what looks like one', () => {
  const secrets = new Secrets();
  secrets.add('s3cret-token');
  secrets.add('s3cret-token-2');
  secrets.add('abc');
  secrets.addUrl('postgresql://ada:p%40ssword@db:5432/x?password=other-one');
  const printed = [
    'token s3cret-token-2, abc',
    'password p@ssword or p%40ssword or other-one',
    'https://ada:hunter2@example.com/x?token=zzz&a=1',
    'Authorization: Bearer abc.def',
    'eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl',
    '-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----',
  ].map((line) => secrets.redact(line));
  expect(printed).toEqual([
    'token ***, abc',
    'password *** or *** or ***',
    'https://example.com/x?token=***&a=1',
    'Authorization: Bearer ***',
    '***',
    '***',
  ]);
});

test.for<[what: string, cluster: number | null, database: number | null, faults: string[]]>([
  ['equal clocks', 100, -100, []],
  ['this machine is behind', 60_000, 60_500, ['clock_here']],
  ['the cluster is ahead', 60_000, 0, ['clock_cluster']],
  ['SnoopDB is behind', 0, -60_000, ['clock_database']],
  ['all three differ', 60_000, -60_000, ['clock_cluster', 'clock_database']],
  ['only the cluster answers', -5_000, null, ['clock_cluster']],
  ['within the uncertainty', 2_900, 2_900, []],
])('compares clocks: %s', ([, cluster, database, expected]) => {
  const clock = (aheadMs: number | null) => (aheadMs === null ? null : { aheadMs, uncertainMs: 1_000 });
  const found = compareClocks(clock(cluster), clock(database));
  expect(found.map((one) => (one.state === 'wrong' ? one.fault : one.state))).toEqual(expected);
});
