import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGateFacts } from '../../../../src/gate/sources/gate-facts.ts';
import { makeFolder } from '../../../support/folder.ts';
import { createRequest } from '../made-sources.ts';

const folder = new URL('../../../../../../shared/data/', import.meta.url).pathname;
const missing = existsSync(folder) ? null : 'without ../shared/data';

function data(name: string): string {
  return join(folder, name);
}

const lists = {
  conformance: data('conformance/conformance-v1.37.yaml'),
  ineligible: data('conformance/ineligible_endpoints-v1.37.yaml'),
  pending: data('conformance/pending_eligible_endpoints-v1.37.yaml'),
};

test.skipIf(missing)(`published documents and lists are read (${missing ?? 'as published'})`, async () => {
  const request = createRequest({ ...lists, openapi: data('openapi/swagger-1.37.json.gz'), previous: 'v1.36' });
  const { current, previous, conformance, ineligible, pending, firstReleases } = await readGateFacts(request);
  const sources = [current, previous, conformance, ineligible, pending].map((one) => one?.source);
  expect(
    sources.map((source) => [source?.count, source?.release, source?.releaseFrom, source?.problems, source?.notes]),
  ).toEqual([
    [1202, '1.37.0', 'file name', [], []],
    [1123, '1.36.0', 'shipped data', [], []],
    [462, '1.37.0', 'file name', [], []],
    [104, '1.37.0', 'file name', [], []],
    [1, '1.37.0', 'file name', [], []],
  ]);
  expect(current.endpoints.filter(({ deprecated }) => !deprecated).length).toBe(971);
  expect(pending?.entries).toEqual([
    { endpoint: 'getLifecycleAPIGroup', line: 3, since: '1.37.0', sinceFrom: 'shipped data', added: true },
  ]);
  expect(firstReleases.listCertificatesV1ClusterTrustBundle).toBe('1.37.0');
  expect(firstReleases.listCoreV1Pod).toBeUndefined();
  expect(firstReleases.listCoreV1NamespacedPod).toMatch(/^1\./);
});

test.skipIf(missing).for(['1.20', '1.30'])(
  `published lists of %s are read (${missing ?? 'as published'})`,
  async (release) => {
    const request = createRequest({
      openapi: data(`openapi/swagger-${release === '1.20' ? '1.20.4' : release}.json.gz`),
      previous: '1.36',
      conformance: data(`conformance/conformance-v${release}.yaml`),
      ineligible: data('coverage/ineligible_endpoints.json'),
      pending: data('conformance/pending_eligible_endpoints-older.yaml'),
    });
    const { current, conformance, ineligible, pending } = await readGateFacts(request);
    const sources = [current, conformance, ineligible, pending].map((one) => one?.source);
    expect(sources.map((source) => [source?.count, source?.problems, source?.notes])).toMatchSnapshot();
  },
);

test.skipIf(missing)(`a document has the release whose endpoints it has (${missing ?? 'as published'})`, async () => {
  const cwd = await makeFolder();
  const bytes = readFileSync(data('openapi/swagger-1.36.json.gz'));
  await writeFile(join(cwd, 'swagger.json'), gunzipSync(bytes));
  await writeFile(join(cwd, 'swagger-1.37.json'), gzipSync(gunzipSync(bytes)));
  const read = async (openapi: string, release: string | null) => {
    const { current } = await readGateFacts(createRequest({ ...lists, cwd, openapi, previous: '1.35', release }));
    const { source } = current;
    return [source.release, source.releaseFrom, ...source.problems.map((problem) => problem.slice(0, 90))];
  };
  expect(await read('swagger.json', null)).toEqual(['1.36.0', 'content']);
  // At the start of its development, a release has the endpoints of the one before.
  await writeFile(join(cwd, 'newest.json'), gunzipSync(readFileSync(data('openapi/swagger-1.37.json.gz'))));
  expect(await read('newest.json', '1.38')).toEqual(['1.38.0', 'flag']);
  expect(await read('swagger.json', '1.38')).toMatchInlineSnapshot(`
    [
      null,
      null,
      "swagger.json is of 1.38.0 by --release, but of 1.36.0 by its endpoints. Give the document ",
    ]
  `);
  expect(await read('swagger.json', '1.35')).toMatchInlineSnapshot(`
    [
      null,
      null,
      "swagger.json is of 1.35.0 by --release, but of 1.36.0 by its endpoints. Give the document ",
    ]
  `);
  expect(await read('swagger-1.37.json', null)).toMatchInlineSnapshot(`
    [
      null,
      null,
      "swagger-1.37.json is of 1.37.0 by its name, but of 1.36.0 by its endpoints. Give the docum",
    ]
  `);
});

test.skipIf(missing)(`a list that lost entries is noted (${missing ?? 'as published'})`, async () => {
  const cwd = await makeFolder();
  const whole = readFileSync(lists.ineligible, 'utf8').split('- endpoint:');
  await writeFile(join(cwd, 'half.yaml'), whole.slice(0, whole.length / 2).join('- endpoint:'));
  const openapi = data('openapi/swagger-1.37.json.gz');
  const { ineligible } = await readGateFacts(
    createRequest({ ...lists, cwd, openapi, previous: '1.36', ineligible: 'half.yaml' }),
  );
  expect(ineligible?.source.notes).toMatchInlineSnapshot(`
    [
      "It lacks 53 of the 104 entries that the list of 1.37.0 has: it may be cut.",
    ]
  `);
});
