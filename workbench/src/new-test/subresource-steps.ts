import type { Operation } from './api-document.ts';
import { openSubresources } from './known-needs.ts';
import type { Subresource } from './lifecycle.ts';
import { quote } from './source-text.ts';
import { checkName, constant, inner, outer, send, sendOnly, statement } from './step.ts';
import type { OpenEndpoint, StepContext, WrittenSteps } from './step.ts';

/** Writes the steps of a subresource. */
export function writeSubresource(context: StepContext, subresource: Subresource): WrittenSteps {
  const { name, operations } = subresource;
  const isLog = name === 'log' && context.nodes !== 'none';
  const isBinding = name === 'binding' && context.nodes !== 'none';
  const reason = isBinding ? 'the scheduler of a cluster with nodes binds every Pod' : openSubresources[name];
  if (reason !== undefined && !isLog) return { steps: [], open: explain(operations, reason) };
  if (name === 'resize' && context.nodes === 'simulated') {
    const open = operations.filter(({ method }) => method !== 'GET');
    const rest = { name: 'resize', operations: operations.filter((one) => !open.includes(one)) };
    const { steps } = writeSubresource({ ...context, nodes: 'none' }, rest);
    return { steps, open: explain(open, 'needs a kubelet that supports it; simulated nodes have none') };
  }
  const findOperation = (method: string): Operation | undefined => operations.find((one) => one.method === method);
  const post = findOperation('POST');
  if (post !== undefined) return writePost(context, name, post);
  const parts = [
    {
      word: 'read',
      operation: findOperation('GET'),
      lines: (one: Operation) => writeSubresourceRead(context, one, isLog),
    },
    {
      word: 'patch',
      operation: findOperation('PATCH'),
      lines: (one: Operation) => writeSubresourcePatch(context, name, one),
    },
    {
      word: 'update',
      operation: findOperation('PUT'),
      lines: (one: Operation) =>
        writeSubresourceUpdate(context, findOperation('GET') ?? context.endpoints.roles.get, one),
    },
  ].flatMap(({ word, operation, lines }) =>
    operation === undefined ? [] : [{ title: `${word} its ${name}`, operations: [operation], lines: lines(operation) }],
  );
  return { steps: parts, open: [] };
}

function writeSubresourceRead({ call }: StepContext, operation: Operation, isText: boolean): string[] {
  const read = call(operation);
  return isText ? sendOnly(read) : [...send(read, 'read'), ...checkName(read, 'read')];
}

function writeSubresourcePatch(context: StepContext, name: string, operation: Operation): string[] {
  const { call, conditionType, subresourceBody } = context;
  const patched = call(operation);
  const body = subresourceBody(name);
  const type = name === 'status' ? conditionType : null;
  const expected = type === null ? '' : `expect.objectContaining({ type: ${quote(type)} })`;
  const check =
    type === null
      ? checkName(patched, 'patched')
      : [`    expect(patched.status?.conditions).toContainEqual(${expected});`];
  return [
    constant('body', body ?? { metadata: { annotations: { [`patched-${name}`]: 'yes' } } }),
    ...send(patched, 'patched'),
    ...(patched.style === 'raw' ? [] : check),
  ];
}

function writeSubresourceUpdate({ call }: StepContext, get: Operation | undefined, operation: Operation): string[] {
  if (get === undefined) return [];
  const read = call(get);
  const body = read.style === 'raw' ? 'current.json()' : 'current';
  const update = call(operation, { body });
  return [
    '    // A controller may change it in between: then read it again.',
    '    await vi.waitFor(async () => {',
    ...send(read, 'current', inner),
    ...(update.style === 'raw' ? send(update, 'updated', inner) : [statement(inner, 'await ', update)]),
    '    }, waiting);',
  ];
}

/** Subresources that end the life of their object or tie it down; each gets its own. */
const needsOwnObject = new Set(['eviction', 'binding']);

function writePost(context: StepContext, name: string, operation: Operation): WrittenSteps {
  const { call, createBody, endpoints, subresourceBody } = context;
  const { create, delete: remove } = endpoints.roles;
  const body = subresourceBody(name);
  if (body === null) return { steps: [], open: [{ endpoint: operation.endpoint, reason: 'its body is unknown' }] };
  const isOwn = needsOwnObject.has(name) && create !== undefined;
  const target = isOwn ? { name: 'other' } : {};
  const removal = remove === undefined ? null : call(remove, { name: 'other' });
  const lines = [
    ...(isOwn
      ? [
          `    const other = \`\${label}-${name}\`;`,
          ...sendOnly(call(create, { ...target, body: createBody('other') })),
        ]
      : []),
    constant('body', body),
    ...sendOnly(call(operation, target)),
    // No kubelet ends a Pod that is bound to a node that does not exist.
    ...(name === 'binding' && removal?.style === 'generated'
      ? [
          statement(outer, 'await ', {
            ...removal,
            args: removal.args.map((arg) => arg.replace(' }', ', gracePeriodSeconds: 0 }')),
          }),
        ]
      : []),
  ];
  const title = isOwn ? `create the ${name} of another one` : `create a ${name}`;
  return { steps: [{ title, operations: [operation], lines }], open: [] };
}

function explain(operations: readonly Operation[], reason: string): OpenEndpoint[] {
  return operations.map(({ endpoint }) => ({ endpoint, reason }));
}
