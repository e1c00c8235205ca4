import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../support/folder.ts';

/** An OpenAPI document of list and create endpoints of kinds in node.k8s.io/v1. */
export function createDocument(release: string, kinds: readonly string[]): string {
  const paths = kinds.map((kind) => {
    const create = (action: string, operationId: string): object => ({
      operationId,
      tags: ['node_v1'],
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group: 'node.k8s.io', version: 'v1', kind },
    });
    const methods = { get: create('list', `listNodeV1${kind}`), post: create('post', `createNodeV1${kind}`) };
    return [`/apis/node.k8s.io/v1/${kind.toLowerCase()}s`, methods] as const;
  });
  const info = { title: 'Kubernetes', version: `v${release}` };
  return `${JSON.stringify({ swagger: '2.0', info, paths: Object.fromEntries(paths) }, null, 2)}\n`;
}

/** The only conformance test. */
export const gateTest = '[sig-node] Thing lists things [Conformance]';

const test = `- testname: Thing, list
  codename: '${gateTest}'
  description: Lists things.
  release: v1.36
  file: test/e2e/node/thing.go
`;

const ineligible = (endpoints: readonly string[]): string =>
  endpoints.map((endpoint) => `- endpoint: ${endpoint}\n  reason: no\n  link: https://example.org\n`).join('');

/** What the gate reads, of a release with one new kind; other files replace these. */
export const gateFiles = {
  'old.json': createDocument('1.36.0', ['Thing', 'Widget']),
  'new.json': createDocument('1.37.0', ['Thing', 'Widget', 'Gadget']),
  'conformance.yaml': test,
  'ineligible.yaml': ineligible(['listNodeV1Widget']),
  'pending.yaml': '',
  'all-ineligible.yaml': ineligible(['listNodeV1Gadget', 'createNodeV1Gadget']),
} as const;

/** The flags that name {@link gateFiles}. */
export const gateArguments = [
  ...['--openapi', 'new.json', '--previous', 'old.json', '--conformance', 'conformance.yaml'],
  ...['--ineligible', 'ineligible.yaml', '--pending', 'pending.yaml'],
] as const;

/** A new folder with {@link gateFiles} and others. */
export async function writeGateFiles(others: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await makeFolder();
  for (const [name, text] of Object.entries({ ...gateFiles, ...others })) writeFileSync(join(folder, name), text);
  return folder;
}
