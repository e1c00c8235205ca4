import type { Operation } from './api-document.ts';
import { formatCollectionPath, formatVersionPath } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';

/** What an endpoint of a resource does. */
export type Role = 'create' | 'get' | 'list' | 'list all' | 'patch' | 'update' | 'delete' | 'deletecollection';

/** The endpoints of a subresource, by method. */
export interface Subresource {
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** The endpoints of a resource. */
export interface ResourceEndpoints {
  readonly roles: Readonly<Partial<Record<Role, Operation>>>;
  readonly subresources: readonly Subresource[];
}

const collectionRoles: Readonly<Record<string, Role>> = { POST: 'create', GET: 'list', DELETE: 'deletecollection' };
const objectRoles: Readonly<Record<string, Role>> = { GET: 'get', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

/** Sorts the endpoints of a resource by what they do. */
export function sortEndpoints(kind: ServedKind, operations: readonly Operation[]): ResourceEndpoints {
  const roles: Partial<Record<Role, Operation>> = {};
  const subresources = new Map<string, Operation[]>();
  const all = `${formatVersionPath(kind.path)}/${kind.resource}`;
  const collection = formatCollectionPath(kind);
  for (const operation of operations) {
    const { method, path } = operation;
    if (path === collection) setRole(roles, collectionRoles[method], operation);
    else if (path === all) setRole(roles, method === 'GET' ? 'list all' : undefined, operation);
    else if (path === `${collection}/{name}`) setRole(roles, objectRoles[method], operation);
    else if (path.startsWith(`${collection}/{name}/`)) {
      const [name = ''] = path.slice(`${collection}/{name}/`.length).split('/');
      subresources.set(name, [...(subresources.get(name) ?? []), operation]);
    }
  }
  return { roles, subresources: [...subresources].map(([name, list]) => ({ name, operations: list })) };
}

function setRole(roles: Partial<Record<Role, Operation>>, role: Role | undefined, operation: Operation): void {
  if (role !== undefined) roles[role] = operation;
}
