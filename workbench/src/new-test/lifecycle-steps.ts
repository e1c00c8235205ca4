import type { Operation } from './api-document.ts';
import { formatCollectionPath } from './served-kinds.ts';
import { placeholder, quote } from './source-text.ts';
import { checkName, constant, inner, itemNames, outer, send, sendOnly, statement } from './step.ts';
import type { StepContext, WrittenStep } from './step.ts';

export function writeCreate(
  { call, createBody, endpoints, statusFields, around: { before, after } }: StepContext,
  operation: Operation,
): string[] {
  const created = call(operation, { body: createBody('name') });
  const whole = (lines: readonly string[]): string[] => [...before, ...lines, ...after];
  if (endpoints.roles.get !== undefined) return whole([...send(created, 'created'), ...checkName(created, 'created')]);
  if (statusFields.size === 0 || created.style === 'raw') return whole(sendOnly(created));
  return whole([...send(created, 'created'), "    expect(created).toHaveProperty('status');"]);
}

export function writeRead({ call }: StepContext, operation: Operation): string[] {
  const read = call(operation);
  return [...send(read, 'read'), ...checkName(read, 'read')];
}

export function writeList({ call }: StepContext, operation: Operation): string[] {
  return [...send(call(operation, { selects: true }), 'list'), `    expect(${itemNames}).toContain(name);`];
}

/** A watch is a request on the collection: it counts for the endpoint of the list. */
export function writeWatch({ kind, endpoints: { roles } }: StepContext): WrittenStep[] {
  if (!kind.verbs.includes('watch') || roles.list === undefined) return [];
  const path = formatCollectionPath(kind, placeholder('namespace'));
  const lines = [
    `    const path = ${kind.namespaced ? `\`${path}\`` : quote(path)};`,
    '    await new Promise<void>((resolve, reject) => {',
    '      const watching = cluster.watch().watch(',
    '        path,',
    '        { labelSelector, timeoutSeconds: 30 },',
    '        async (_type, { metadata }: KubernetesObject) => {',
    '          if (metadata?.name !== name) return;',
    '          resolve();',
    '          (await watching).abort();',
    '        },',
    "        (error) => reject(error ?? new Error('the watch ended without its event')),",
    '      );',
    '      watching.catch(reject);',
    '    });',
  ];
  return [{ title: 'watch until its event arrives', operations: [], lines }];
}

/** What shows that a kind's Pods run. */
const running: Readonly<Record<string, string>> = {
  'pods.': "expect(read.status?.phase).toBe('Running');",
  'deployments.apps': 'expect(read.status?.availableReplicas).toBe(1);',
  'jobs.batch': 'expect((read.status?.active ?? 0) + (read.status?.succeeded ?? 0)).toBe(1);',
};

export function writeRunning({ kind, endpoints: { roles }, call, nodes }: StepContext): WrittenStep[] {
  const key = `${kind.resource}.${kind.path.group}`;
  const check = Object.hasOwn(running, key) ? running[key] : undefined;
  if (nodes === 'none' || roles.get === undefined || check === undefined) return [];
  const read = call(roles.get);
  const lines = [
    '    await vi.waitFor(async () => {',
    ...send(read, 'read', inner),
    `      ${check}`,
    '    }, waiting);',
  ];
  return [{ title: 'wait until it runs', operations: [], lines }];
}

export function writePatch({ call }: StepContext, operation: Operation): string[] {
  const patched = call(operation);
  const annotations = { patched: 'yes' };
  const body =
    patched.style === 'objects'
      ? '{ ...identity, metadata: { ...identity.metadata, annotations } }'
      : '{ metadata: { annotations } }';
  return [
    constant('annotations', annotations),
    `    const body = ${body};`,
    ...send(patched, 'patched'),
    ...(patched.style === 'raw' ? [] : ['    expect(patched.metadata?.annotations).toMatchObject(annotations);']),
  ];
}

export function writeUpdate({ endpoints: { roles }, call }: StepContext, operation: Operation): string[] {
  if (roles.get === undefined) return [];
  const body = '{ ...current, metadata }';
  return [
    '    // A controller may change it in between: then read it again.',
    '    const updated = await vi.waitFor(async () => {',
    ...send(call(roles.get), 'current', inner),
    "      const annotations = { ...current.metadata?.annotations, updated: 'yes' };",
    '      const metadata = { ...current.metadata, annotations };',
    statement(inner, 'return ', call(operation, { body })),
    '    }, waiting);',
    "    expect(updated.metadata?.annotations).toMatchObject({ updated: 'yes' });",
  ];
}

export function writeDelete({ endpoints: { roles }, call }: StepContext, operation: Operation): string[] {
  if (roles.get === undefined) return sendOnly(call(operation));
  return [
    ...sendOnly(call(operation)),
    statement(outer, 'const read = () => ', call(roles.get)),
    '    // Finalizers may delay it.',
    '    await vi.waitFor(() => expect(read()).rejects.toMatchObject({ code: 404 }), waiting);',
  ];
}

export function writeDeleteCollection(
  { endpoints: { roles }, call, createBody }: StepContext,
  operation: Operation,
): string[] {
  const { create, list } = roles;
  return [
    ...(create === undefined ? [] : sendOnly(call(create, { name: 'second', body: createBody('second') }))),
    ...sendOnly(call(operation, { selects: true })),
    ...(list === undefined
      ? []
      : [
          '    await vi.waitFor(async () => {',
          ...send(call(list, { selects: true }), 'list', inner),
          `      expect(${itemNames}).not.toContain(second);`,
          '    }, waiting);',
        ]),
  ];
}
