import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { formatGroupVersion, type ResourcePlace } from './api-place.ts';

const file = new URL('../../go-types/go-types.json.gz', import.meta.url);

/** What `go-types/main.go` prints. */
export interface GoTypes {
  /** By group, version and kind: `apps/v1/Deployment`. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Structs as `[JSON name, Go name, type]`, without a JSON name when inlined; other types as what they are. */
  readonly types: Readonly<Record<string, string | readonly GoField[]>>;
  /** By group and version, then by resource. */
  readonly clients: Readonly<
    Record<string, { readonly getter: string; readonly resources: Readonly<Record<string, GoClient>> }>
  >;
}

export type GoField = readonly [json: string, name: string, type: string];

/** Methods of the typed client of a resource. */
export interface GoClient {
  readonly getter: string;
  readonly namespaced: boolean;
  /** Of its objects. */
  readonly type: string;
  /** Types of the parameters. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
}

/** Reads the Go types of the built-in kinds; go-types/main.go makes them. */
export async function loadGoTypes(): Promise<GoTypes> {
  return JSON.parse(gunzipSync(await readFile(file)).toString('utf8'));
}

/** Finds the typed client of a resource; null: it has none, as custom resources. */
export function findClient(place: ResourcePlace, { clients }: GoTypes): GoClient | null {
  const key = formatGroupVersion(place);
  const resources = Object.hasOwn(clients, key) ? clients[key]?.resources : undefined;
  if (resources === undefined || !Object.hasOwn(resources, place.resource)) return null;
  return resources[place.resource] ?? null;
}

/** A field of a struct or of a struct inlined in it, from the outside. */
export function findField(types: GoTypes, struct: string, json: string): readonly GoField[] | null {
  const fields = types.types[struct];
  if (!Array.isArray(fields)) return null;
  const list: readonly GoField[] = fields;
  const own = list.find(([name]) => name === json);
  if (own !== undefined) return [own];
  for (const inlined of list.filter(([name]) => name === '')) {
    const found = findField(types, inlined[2], json);
    if (found !== null) return [inlined, ...found];
  }
  return null;
}
