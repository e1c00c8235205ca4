import type { Operation } from './api-document.ts';
import type { CallOptions, WrittenCall } from './client-calls.ts';
import type { Draft } from './draft.ts';
import { openSubresources } from './known-needs.ts';
import type { ResourceEndpoints, Role, Subresource } from './lifecycle.ts';
import { rootOf } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import { formatCall, formatValue, placeholder, quote } from './source-text.ts';

/** A step of a written test. */
export interface WrittenStep {
  /** The outline's sentence. */
  readonly title: string;
  /** The endpoints that only this step is for. */
  readonly operations: readonly Operation[];
  /** Its code, indented. */
  readonly lines: readonly string[];
  /** The others need its object. */
  readonly prepares?: boolean;
}

/** An endpoint without a step. */
export interface OpenEndpoint {
  readonly endpoint: string;
  readonly reason: string;
}

/** What the steps of a kind depend on. */
export interface StepContext {
  readonly kind: ServedKind;
  readonly endpoints: ResourceEndpoints;
  readonly call: (operation: Operation, options?: CallOptions) => WrittenCall;
  /** Fields of the kind's status. */
  readonly statusFields: ReadonlySet<string>;
  /** The type of the condition that a patch of the status sets; null: the status has no conditions. */
  readonly conditionType: string | null;
  /** Bodies for creating or patching subresources; null: unknown. */
  readonly subresourceBody: (subresource: string) => Draft | null;
  /** Lines around the creation. */
  readonly around: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** The call that creates the body of an object. */
  readonly createBody: (name: string) => string;
  /** Whether the cluster has nodes, so that Pods run. */
  readonly hasNodes: boolean;
  /** Only the steps of this subresource. */
  readonly only: string | null;
}

export interface WrittenSteps {
  readonly steps: readonly WrittenStep[];
  readonly open: readonly OpenEndpoint[];
}

const outer = 4;
const inner = 6;

/** Writes the steps of a kind, in the order of conformance tests. */
export function writeSteps(context: StepContext): WrittenSteps {
  const { endpoints, only } = context;
  const create = writeRole(context, 'create', 'create with a label', writeCreate);
  if (endpoints.roles.create === undefined) return writeReadOnly(context);
  const subresources = endpoints.subresources
    .filter(({ name }) => only === null || name === only)
    // An approval ends what may happen to the status.
    .sort((a, b) => Number(b.name === 'status') - Number(a.name === 'status'))
    .map((subresource) => writeSubresource(context, subresource));
  const last = writeRole(context, 'delete', 'delete', writeDelete);
  const whole = [
    ...writeRole(context, 'get', 'read', writeRead),
    ...writeRole(context, 'list', context.kind.namespaced ? 'list in the namespace' : 'list', writeList),
    ...writeRole(context, 'list all', 'list in all namespaces', writeList),
    ...writeWatch(context),
    ...writeRunning(context),
    ...writeRole(context, 'patch', 'patch an annotation', writePatch),
    ...writeRole(context, 'update', 'update an annotation', writeUpdate),
  ];
  const collection = writeRole(
    context,
    'deletecollection',
    'delete a second one as a collection',
    writeDeleteCollection,
  );
  return {
    steps: [
      ...create.map((step) => ({ ...step, prepares: true })),
      ...(only === null ? whole : []),
      ...subresources.flatMap(({ steps }) => steps),
      ...last,
      ...(only === null ? collection : []),
    ],
    open: subresources.flatMap(({ open }) => open),
  };
}

type Writer = (context: StepContext, operation: Operation) => string[];

function writeRole(context: StepContext, role: Role, title: string, write: Writer): WrittenStep[] {
  const operation = context.endpoints.roles[role];
  return operation === undefined ? [] : [{ title, operations: [operation], lines: write(context, operation) }];
}

function statement(indent: number, before: string, { callee, args }: WrittenCall, after = ';'): string {
  return formatCall(indent, `${before}${callee}`, args, after);
}

/** Sends a request, and checks its status if the client does not. */
function send(call: WrittenCall, result: string, indent = outer): string[] {
  const pad = ' '.repeat(indent);
  if (call.style !== 'raw') return [statement(indent, `const ${result} = await `, call)];
  return [
    statement(indent, `const ${result} = await `, call),
    `${pad}expect(${result}.status, ${result}.body).toBeLessThan(300);`,
  ];
}

function sendOnly(call: WrittenCall, indent = outer): string[] {
  return call.style === 'raw' ? send(call, 'answer', indent) : [statement(indent, 'await ', call)];
}

function checkName(call: WrittenCall, result: string): string[] {
  return call.style === 'raw' ? [] : [`    expect(${result}.metadata?.name).toBe(name);`];
}

function writeCreate(
  { call, createBody, endpoints, statusFields, around: { before, after } }: StepContext,
  operation: Operation,
): string[] {
  const created = call(operation, { body: createBody('name') });
  const whole = (lines: readonly string[]): string[] => [...before, ...lines, ...after];
  if (endpoints.roles.get !== undefined) return whole([...send(created, 'created'), ...checkName(created, 'created')]);
  if (statusFields.size === 0 || created.style === 'raw') return whole(sendOnly(created));
  return whole([...send(created, 'created'), "    expect(created).toHaveProperty('status');"]);
}

function writeRead({ call }: StepContext, operation: Operation): string[] {
  const read = call(operation);
  return [...send(read, 'read'), ...checkName(read, 'read')];
}

const itemNames = 'list.items.map(({ metadata }) => metadata?.name)';

function writeList({ call }: StepContext, operation: Operation): string[] {
  return [...send(call(operation, { selects: true }), 'list'), `    expect(${itemNames}).toContain(name);`];
}

function writeReadOnly({ kind, endpoints: { roles, subresources }, call }: StepContext): WrittenSteps {
  const open = subresources.flatMap(({ operations }) =>
    operations.map(({ endpoint }) => ({ endpoint, reason: 'the object is not of this test' })),
  );
  const { list, get } = roles;
  const all = roles['list all'];
  const steps: WrittenStep[] = [];
  const source = all ?? list;
  if (source !== undefined) {
    const found = call(source);
    const lines = [...send(found, 'list'), `    [name = ''] = ${itemNames};`, "    expect(name).not.toBe('');"];
    const title = kind.namespaced && all !== undefined ? 'list in all namespaces' : 'list';
    if (all === undefined || get === undefined || !kind.namespaced)
      steps.push({ title, operations: [source], lines, prepares: true });
    else {
      const first = [
        ...send(found, 'list'),
        '    const [item] = list.items;',
        "    name = item?.metadata?.name ?? '';",
        "    namespace = item?.metadata?.namespace ?? '';",
        "    expect(name).not.toBe('');",
      ];
      steps.push({ title, operations: [source], lines: first, prepares: true });
    }
  }
  if (list !== undefined && all !== undefined) {
    steps.push({ title: 'list in the namespace', operations: [list], lines: sendOnly(call(list)) });
  }
  if (get !== undefined && source !== undefined) {
    const read = call(get);
    steps.push({
      title: 'read the first',
      operations: [get],
      lines: [...send(read, 'read'), ...checkName(read, 'read')],
    });
  }
  if (get !== undefined && source === undefined) {
    open.push({ endpoint: get.endpoint, reason: 'no list names its objects' });
  }
  return { steps, open };
}

/** A watch is a request on the collection: it counts for the endpoint of the list. */
function writeWatch({ kind, endpoints: { roles } }: StepContext): WrittenStep[] {
  if (!kind.verbs.includes('watch') || roles.list === undefined) return [];
  const place = kind.namespaced ? `/namespaces/${placeholder('namespace')}` : '';
  const path = `${rootOf(kind.path)}${place}/${kind.resource}`;
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

function writeRunning({ kind, endpoints: { roles }, call, hasNodes }: StepContext): WrittenStep[] {
  const key = `${kind.resource}.${kind.path.group}`;
  const check = Object.hasOwn(running, key) ? running[key] : undefined;
  if (!hasNodes || roles.get === undefined || check === undefined) return [];
  const read = call(roles.get);
  const lines = [
    '    await vi.waitFor(async () => {',
    ...send(read, 'read', inner),
    `      ${check}`,
    '    }, waiting);',
  ];
  return [{ title: 'wait until it runs', operations: [], lines }];
}

function constant(name: string, value: Draft, indent = outer): string {
  const pad = ' '.repeat(indent);
  const head = `const ${name} = `;
  return `${pad}${head}${formatValue(value, indent, indent + head.length + 1)};`;
}

function writePatch({ call }: StepContext, operation: Operation): string[] {
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

function writeUpdate({ endpoints: { roles }, call }: StepContext, operation: Operation): string[] {
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

function writeDelete({ endpoints: { roles }, call }: StepContext, operation: Operation): string[] {
  if (roles.get === undefined) return sendOnly(call(operation));
  return [
    ...sendOnly(call(operation)),
    statement(outer, 'const read = () => ', call(roles.get)),
    '    // Finalizers may delay it.',
    '    await vi.waitFor(() => expect(read()).rejects.toMatchObject({ code: 404 }), waiting);',
  ];
}

function writeDeleteCollection(
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

function writeSubresource(context: StepContext, subresource: Subresource): WrittenSteps {
  const { name, operations } = subresource;
  const isLog = name === 'log' && context.hasNodes;
  const isBinding = name === 'binding' && context.hasNodes;
  const reason = isBinding ? 'the scheduler of a cluster with nodes binds every Pod' : openSubresources[name];
  if (reason !== undefined && !isLog) {
    return { steps: [], open: operations.map(({ endpoint }) => ({ endpoint, reason })) };
  }
  const ofMethod = (method: string): Operation | undefined => operations.find((one) => one.method === method);
  const post = ofMethod('POST');
  if (post !== undefined) return writePost(context, name, post);
  const parts = [
    { word: 'read', operation: ofMethod('GET'), lines: (one: Operation) => writeSubresourceRead(context, one, isLog) },
    {
      word: 'patch',
      operation: ofMethod('PATCH'),
      lines: (one: Operation) => writeSubresourcePatch(context, name, one),
    },
    {
      word: 'update',
      operation: ofMethod('PUT'),
      lines: (one: Operation) => writeSubresourceUpdate(context, ofMethod('GET') ?? context.endpoints.roles.get, one),
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
