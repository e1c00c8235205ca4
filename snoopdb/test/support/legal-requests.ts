import type { Operation } from '../../src/index.ts';

/** Names that are words of the API, escapes, or otherwise odd; each may be an object's. */
export const nastyNames = [
  'web',
  'status',
  'proxy',
  'namespaces',
  'pods',
  'watch',
  'api',
  'apis',
  'v1',
  'HEAD',
  'GET',
  'exec',
  'log',
  'scale',
  'binding',
  'finalize',
  'metrics',
  'healthz',
  'a.b.c',
  '..',
  '.',
  '-',
  '*',
  'system:node',
  'x%20y',
  '%41',
  '50%25',
  '%FF',
  '%zz',
  '%',
  'a+b',
  'é',
  '%C3%A9',
  '__proto__',
  'constructor',
  '{name}',
];

const resourceVerbs: Record<string, string[]> = {
  GET: ['get', 'list', 'watch'],
  POST: ['create'],
  PUT: ['update'],
  PATCH: ['patch'],
  DELETE: ['delete', 'deletecollection'],
  OPTIONS: [''],
};

/** The verbs with which the audit log can show a method on a path; HEAD of a resource it shows as GET. */
export function listVerbs({ method, path }: Pick<Operation, 'method' | 'path'>): string[] {
  const isResource = /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/[^/]/.test(path);
  return isResource ? (resourceVerbs[method] ?? []) : [method.toLowerCase()];
}

/** Paths of an operation, each with one of the names in one of its parameters, and with it in all of them. */
export function fillPath(path: string, name: string): string[] {
  const parameters = path.match(/\{[^}]+\}/g) ?? [];
  if (parameters.length === 0) return [path];
  const inAll = path.replace(/\{[^}]+\}/g, () => name);
  const inOne = parameters.map((_, wanted) => {
    let seen = -1;
    return path.replace(/\{[^}]+\}/g, () => {
      seen += 1;
      return seen === wanted ? name : `plain-${seen}`;
    });
  });
  return parameters.length === 1 ? [inAll] : [inAll, ...inOne];
}

/** The same request as others write it: a query that looks like paths, a slash at the end. */
export function listVariants(path: string): string[] {
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  return [bare, `${bare}/`, `${bare}?limit=1&path=/api/v1/pods&watch=true`, `${bare}/?dryRun=All`];
}
