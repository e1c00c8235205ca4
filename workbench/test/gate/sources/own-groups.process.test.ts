import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGateFacts } from '../../../src/gate/sources/gate-facts.ts';
import type { GateRequest } from '../../../src/gate/sources/request.ts';
import { createRequest, createSwagger, type MadeRepository, makeRepository } from './made-sources.ts';

const folder = 'config/crd/bases';

function createCrd(plural: string, kind: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: ${plural}, kind: ${kind}}
  versions:
  - {name: v1, served: true, storage: true}
`;
}

/** The repository of an operator: a release with one CRD, and another CRD since. */
async function makeOperator(tag?: string): Promise<MadeRepository> {
  const repository = await makeRepository();
  await repository.commit(
    { [`${folder}/widgets.yaml`]: createCrd('widgets', 'Widget'), [`${folder}/note.md`]: '' },
    tag,
  );
  await repository.commit({ [`${folder}/gears.yaml`]: createCrd('gears', 'Gear') });
  return repository;
}

function read({ folder: cwd }: MadeRepository, request: Partial<GateRequest> = {}) {
  return readGateFacts(
    createRequest({ openapi: folder, previous: 'HEAD~1', groups: ['example.com'], cwd, ...request }),
  );
}

test('CRDs of a folder are compared with those of a revision', async () => {
  const operator = await makeOperator('v0.3.0');
  for (const previous of ['HEAD~1', 'v0.3.0', '0.3.0', `v0.3.0:${folder}/`, `v0.3.0:./${folder}`]) {
    const facts = await read(operator, { previous });
    expect(facts.current.source).toMatchObject({ count: 14, release: '0.3.0', problems: [], commitFrom: 'git' });
    expect(facts.previous.source).toMatchObject({ count: 7, release: '0.3.0', problems: [] });
    expect(facts.previous.isAncestor).toBe(true);
    expect([facts.conformance, facts.ineligible, facts.pending]).toEqual([null, null, null]);
  }
});

test('the release may be unknown, or named', async () => {
  const operator = await makeOperator();
  const unknown = await read(operator);
  expect([unknown.current.source.release, unknown.previous.source.release]).toEqual([null, null]);
  expect(unknown.previous).toMatchObject({ isAncestor: true, source: { problems: [] } });
  const named = await read(operator, { release: '0.4', previousRelease: '0.3' });
  expect([named.current.source.release, named.previous.source.release]).toEqual(['0.4.0', '0.3.0']);
  expect(named.firstReleases).toMatchObject({ listExampleComV1Gear: '0.4.0' });
  expect(named.firstReleases).not.toHaveProperty('listExampleComV1Widget');
});

test('a folder that differs from its commit is seen', async () => {
  const operator = await makeOperator('v0.3.0');
  await rm(join(operator.folder, folder, 'widgets.yaml'));
  const { current, previous } = await read(operator, { previous: 'HEAD' });
  expect(current.source).toMatchObject({ count: 7, commit: null, problems: [] });
  expect([previous.isAncestor, previous.endpoints.length]).toEqual([true, 14]);
});

test("a cluster's own document has the endpoints of all groups", async () => {
  const operator = await makeOperator();
  await operator.write({
    'now.json': createSwagger(['v1/pods', 'example.com/v1/widgets'], { info: { version: 'v1.36.3' } }),
    'before.json': createSwagger(['v1/pods'], { info: { version: 'v1.36.3' } }),
  });
  const { current, previous } = await read(operator, { openapi: 'now.json', previous: 'before.json' });
  expect([current.source, previous.source].map(({ count, release, problems }) => [count, release, problems])).toEqual([
    [2, null, []],
    [1, null, []],
  ]);
});
