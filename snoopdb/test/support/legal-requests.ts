import type { Operation } from '../../src/index.ts';

/** Legal names of objects: words of the API, escapes, and other odd ones. */
export const oddNames = [
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

/** The audit verbs of a method on a path; a HEAD of a resource is logged as GET. */
export function listVerbs({ method, path }: Pick<Operation, 'method' | 'path'>): string[] {
  const isResource = /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/[^/]/.test(path);
  return isResource ? (resourceVerbs[method] ?? []) : [method.toLowerCase()];
}

/** Paths of an operation with the name in one parameter each, and in all of them. */
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

/** Variants of a path: with a query that looks like paths, and with a slash at the end. */
export function listVariants(path: string): string[] {
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  return [bare, `${bare}/`, `${bare}?limit=1&path=/api/v1/pods&watch=true`, `${bare}/?dryRun=All`];
}
