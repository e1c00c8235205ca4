import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Operation, readOperations, readShippedOperations } from '@snoop/snoopdb';

// Exists beside some checkouts.
const folder = new URL('../../../../shared/data/openapi/', import.meta.url);

/** The documents of a release and of the one before, as JSON. */
export interface Documents {
  readonly current: string;
  readonly previous: string;
  /** Of the current document. */
  readonly operations: readonly Operation[];
  readonly origin: string;
}

/** Reads the documents of 1.37 and 1.36, or makes some of the same size from the operations that ship. */
export async function readDocuments(): Promise<Documents> {
  const files = ['1.37', '1.36'].map((release) => new URL(`swagger-${release}.json.gz`, folder));
  if (files.every((file) => existsSync(file))) {
    const [current = '', previous = ''] = files.map((file) => gunzipSync(readFileSync(file)).toString());
    return describe(current, previous, 'the documents of Kubernetes 1.37 and 1.36');
  }
  const shipped = await readShippedOperations('1.36.0');
  if (shipped === null) throw new Error('Kubernetes 1.36.0 does not ship.');
  const added = shipped.slice(0, 80).map((operation): Operation => {
    const { endpoint, path } = operation;
    return { ...operation, endpoint: `${endpoint}Added`, path: `/apis/added.k8s.io/v1${path}` };
  });
  return describe(makeDocument([...shipped, ...added]), makeDocument(shipped), 'made-up documents of the same size');
}

function describe(current: string, previous: string, origin: string): Documents {
  const { operations } = readOperations(JSON.parse(current), 'the current document');
  return { current, previous, operations, origin };
}

/** The published document of 1.37 has 1,202 operations and 800 definitions in 4.6 MB. */
function makeDocument(operations: readonly Operation[]): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { endpoint, method, path, action, group, version, kind, description } of operations) {
    const item = paths[path] ?? {};
    item[method.toLowerCase()] = {
      operationId: endpoint,
      description,
      consumes: ['*/*'],
      produces: ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'],
      parameters: [{ $ref: '#/parameters/limit' }, { $ref: '#/parameters/pretty-tJGM1-ng' }],
      responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } },
      schemes: ['https'],
      tags: [version === null ? (group ?? 'core') : `${group === '' ? 'core' : group}_${version}`],
      ...(action !== null && { 'x-kubernetes-action': action }),
      ...(kind !== null && { 'x-kubernetes-group-version-kind': { group: group ?? '', kind, version: version ?? '' } }),
    };
    paths[path] = item;
  }
  const property = { type: 'string', description: 'What this field means, in a few hundred letters. '.repeat(8) };
  const properties = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`field${index}`, property]));
  const definition = { type: 'object', description: 'A definition.', properties };
  const definitions = Object.fromEntries(
    Array.from({ length: 800 }, (_, index) => [`io.k8s.api.v1.Kind${index}`, definition]),
  );
  return JSON.stringify({ swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, definitions });
}
