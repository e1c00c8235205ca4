import { describe, expect, test } from 'vitest';
import { type Operation, readOperations } from '../../src/index.ts';
import { smallDocument } from '../support/small-document.ts';
import { testData } from '../support/test-data.ts';

describe('an OpenAPI document', () => {
  const operations = new Map(readOperations(smallDocument).operations.map((one) => [one.endpoint, one]));

  test.each([
    ['readNamespacedPod', 'stable', 'core'],
    ['listEgg', 'alpha', 'earlyExample'],
    ['listBetaEgg', 'beta', 'earlyExample'],
    // The best version that the group serves.
    ['getEarlyAPIGroup', 'beta', 'earlyExample'],
    ['getExampleAPIGroup', 'stable', 'example'],
    ['getServiceAccountIssuerOpenIDKeyset', 'beta', 'openid'],
    ['getCodeVersion', 'stable', 'version'],
  ])('%s is %s, of %s', (endpoint, level, category) => {
    expect(operations.get(endpoint)).toMatchObject({ level, category });
  });

  test('marks watch paths, and descriptions that start with the word, as deprecated', () => {
    const deprecated = [...operations.values()].filter((one) => one.deprecated).map((one) => one.endpoint);
    expect(deprecated).toEqual(['watchPodListForAllNamespaces', 'createEgg']);
  });

  test('counts oddities and keeps their endpoints', () => {
    const read = readOperations({
      paths: {
        '/api/v1/a': { get: { tags: ['core_v1'] }, post: { operationId: 'twice', tags: ['core_v1', 'other'] } },
        '/apis/odd.example.com/v1/b': { get: { operationId: 'twice' }, put: 'no operation' },
      },
    });
    expect(read).toMatchObject({ withoutId: 1, repeatedId: 1, severalTags: 1, withoutTag: 1, unreadable: 1 });
    expect(read.operations.map((one) => [one.endpoint, one.category])).toEqual([
      ['GET /api/v1/a', 'core'],
      ['twice', 'core'],
      ['twice', 'odd'],
    ]);
  });

  test.each([[null], [[]], ['text'], [{}], [{ paths: [] }]])('%j is not an OpenAPI document', (document) => {
    expect(() => readOperations(document)).toThrow(expect.objectContaining({ code: 'bad_document' }));
  });
});

interface Published {
  endpoints: {
    endpoint: string;
    level: string;
    category: string;
    path: string;
    group: string | null;
    kind: string | null;
    action: string | null;
  }[];
}

/** How many endpoints a release has. */
const counts = {
  slices: { '1.30': 90, '1.34': 93, '1.35': 102, '1.36': 120 },
  'whole files': { '1.30': 769, '1.32': 770, '1.33': 843, '1.34': 859, '1.35': 863, '1.36': 908 },
};

describe.each(testData)('the documents and coverage that were published ($name)', ({ name, readJson }) => {
  // The rule and the published files differ on these and on nothing else.
  const differing = new Set(['getInternalApiserverAPIGroup', 'getStoragemigrationAPIGroup', 'getResourceAPIGroup']);

  test.each(Object.entries(counts[name]))('%s: %i endpoints, levels and categories as published', (release, count) => {
    const { operations } = readOperations(readJson(`openapi/swagger-${release}.json`));
    const published = readJson(`coverage/${release}.0.json`) as Published;
    const ours = operations.filter((one) => !one.deprecated);
    expect(ours).toHaveLength(count);
    const pick = (
      one: Pick<Operation, 'endpoint' | 'category' | 'path' | 'group' | 'kind' | 'action'> & { level: string },
    ) =>
      [
        one.endpoint,
        one.category,
        one.path,
        one.group,
        one.kind,
        one.action,
        differing.has(one.endpoint) ? '' : one.level,
      ].join(' ');
    expect(ours.map(pick).sort()).toEqual(published.endpoints.map(pick).sort());
  });
});
