import type { ModelField } from '../audited-cluster/client-call.ts';
import { deriveMethod } from '../audited-cluster/client-call.ts';
import { slugify } from '../live-test/unique-name.ts';
import type { ApiDocument, Schema } from './api-document.ts';
import { createCaller } from './client-calls.ts';
import type { CallNeeds } from './client-calls.ts';
import { Expression, isFields } from './draft.ts';
import type { Draft, DraftFields } from './draft.ts';
import { asRecord } from './json.ts';
import { findKnownNeed, subresourceBodies, usualNames } from './known-needs.ts';
import type { KnownNeed } from './known-needs.ts';
import type { ResourceEndpoints } from './lifecycle.ts';
import { createSmallest } from './schema-body.ts';
import { apiVersionOf } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import { formatImport, formatValue, placeholder, quote } from './source-text.ts';
import type { OpenEndpoint, WrittenStep } from './steps.ts';
import { writeSteps } from './steps.ts';
import { convertValue, findModel } from './typed-value.ts';

/** What no test of the baseline has hit, by endpoint. */
export type EndpointMark = 'no e2e test' | 'no conformance test' | 'not in the baseline' | null;

/** A live test as text. */
export interface WrittenTest {
  readonly text: string;
  readonly title: string;
  readonly steps: readonly WrittenStep[];
  readonly open: readonly OpenEndpoint[];
}

export interface TestToWrite {
  /** The resource, also for a kind of a subresource. */
  readonly kind: ServedKind;
  /** Write only the steps of this subresource; null: the whole lifecycle. */
  readonly subresource: ServedKind | null;
  readonly endpoints: ResourceEndpoints;
  /** What the cluster serves below the resource. */
  readonly subresources: readonly ServedKind[];
  readonly document: ApiDocument;
  /** Accepted by the server, unless `sentences` say what is open; null: nothing is created. */
  readonly body: Draft | null;
  readonly sentences: readonly string[];
  readonly hasNodes: boolean;
  readonly hasMethod: (client: string, method: string) => boolean;
  readonly fieldsOf: (type: string) => readonly ModelField[] | null;
  readonly markOf: (endpoint: string) => EndpointMark;
  /** Keep only the steps of marked endpoints, if there are any. */
  readonly untestedOnly: boolean;
  /** The first lines, as a comment. */
  readonly heading: readonly string[];
}

/** The mark of lines that need an author. */
export const openMark = 'OPEN:';

/** Writes a live test of the lifecycle of a kind. */
export function writeTest(options: TestToWrite): WrittenTest {
  const { kind, body, document } = options;
  const needs: CallNeeds = { imports: new Set(), setup: new Map(), constants: new Map() };
  const typed = body === null ? null : chooseType(options, body);
  const hasMethod = body !== null && typed === null ? () => false : options.hasMethod;
  const call = createCaller(kind, hasMethod, needs);
  const status = document.resolve(asRecord(asRecord(document.schemaOf(kind)).properties).status);
  const need = findKnownNeed(kind);
  const condition = createCondition(document, status, need?.condition);
  const hasName = body !== null && usesName(body);
  for (const name of need?.imports ?? []) needs.imports.add(name);
  const written = writeSteps({
    kind,
    endpoints: options.endpoints,
    call,
    statusFields: new Set(Object.keys(asRecord(status.properties))),
    conditionType: readConditionType(condition),
    subresourceBody: (name) =>
      name === 'status' ? createStatus(document, status, condition, need) : createSubresourceBody(options, name),
    around: { before: need?.before ?? [], after: need?.after ?? [] },
    createBody: (name) => (hasName ? `createBody(${name})` : 'createBody()'),
    hasNodes: options.hasNodes,
    only: options.subresource?.subresource ?? null,
  });
  const steps = options.untestedOnly ? keepUntested(written.steps, options.markOf) : written.steps;
  const title = nameTest(kind, options.subresource);
  const code = steps.flatMap((step, index) => [...(index === 0 ? [] : ['']), ...writeStep(step)]);
  const test = writeFunction(options, needs, { title, steps: code, typed });
  return {
    text: [
      ...writeOutline(options, steps, written.open),
      ...writeImports(needs, test, typed),
      '',
      ...[...needs.constants].filter(([name]) => uses(test, name)).flatMap(([, line]) => [line, '']),
      ...test,
      '',
    ].join('\n'),
    title,
    steps,
    open: written.open,
  };
}

interface TypedBody {
  readonly type: string;
  readonly value: Draft;
  readonly imports: readonly string[];
}

/** null: the object API creates it. */
function chooseType({ kind, endpoints, hasMethod, fieldsOf }: TestToWrite, body: Draft): TypedBody | null {
  const create = endpoints.roles.create;
  const method = create === undefined ? null : deriveMethod(create);
  if (method === null || !hasMethod(method.client, method.name)) return null;
  const type = findModel(method.client, kind.version, kind.kind, fieldsOf);
  const typed = type === null ? null : convertValue(body, type, fieldsOf);
  return type === null || typed === null ? null : { type, ...typed };
}

function createCondition(document: ApiDocument, status: Schema, known: DraftFields | undefined): DraftFields | null {
  const list = document.resolve(asRecord(status.properties).conditions);
  const schema = document.resolve(list.items);
  const fields = asRecord(schema.properties);
  if (list.type !== 'array' || fields.type === undefined || fields.status === undefined) return null;
  const now = new Expression('new Date().toISOString()', () => new Date().toISOString());
  const wanted: DraftFields = {
    type: 'LiveTest',
    status: 'True',
    reason: 'LiveTest',
    message: 'set by a live test',
    lastTransitionTime: now,
    ...known,
  };
  const smallest = createSmallest(document, schema);
  const taken = Object.entries(wanted).filter(([name]) => fields[name] !== undefined);
  return { ...(isFields(smallest) ? smallest : {}), ...Object.fromEntries(taken) };
}

function readConditionType(condition: DraftFields | null): string | null {
  return typeof condition?.type === 'string' ? condition.type : null;
}

/** null: a status without rules and conditions. */
function createStatus(
  document: ApiDocument,
  status: Schema,
  condition: DraftFields | null,
  need: KnownNeed | undefined,
): Draft | null {
  const smallest = createSmallest(document, status);
  const fields = {
    ...(isFields(smallest) ? smallest : {}),
    ...need?.status,
    ...(condition === null ? {} : { conditions: [condition] }),
  };
  return Object.keys(fields).length === 0 ? null : { status: fields };
}

/** For POST, the smallest of the subresource's schema; null: unknown. */
function createSubresourceBody({ subresources, document }: TestToWrite, name: string): Draft | null {
  if (Object.hasOwn(subresourceBodies, name)) return subresourceBodies[name] ?? null;
  const served = subresources.find(({ subresource }) => subresource === name);
  const schema = served?.verbs.includes('create') ? document.schemaOf(served) : null;
  return schema === null ? null : createSmallest(document, schema);
}

/** Keeps steps with a marked endpoint, and what they need. All, if no endpoint is marked. */
function keepUntested(
  steps: readonly WrittenStep[],
  markOf: (endpoint: string) => EndpointMark,
): readonly WrittenStep[] {
  const isWanted = ({ operations }: WrittenStep): boolean =>
    operations.some(({ endpoint }) => markOf(endpoint) !== null);
  if (!steps.some(isWanted)) return steps;
  return steps.filter((step) => step.prepares === true || isWanted(step));
}

function nameTest({ kind, preferred, path }: ServedKind, subresource: ServedKind | null): string {
  const version = preferred ? '' : ` ${path.version}`;
  return subresource === null ? `${kind}${version} lifecycle` : `${kind}${version} ${subresource.subresource}`;
}

function writeOutline(
  { heading, markOf, sentences }: TestToWrite,
  steps: readonly WrittenStep[],
  open: readonly OpenEndpoint[],
): string[] {
  const describe = (endpoint: string): string => {
    const mark = markOf(endpoint);
    return `      ${endpoint}${mark === null ? '' : ` [${mark}]`}`;
  };
  const lines = steps.flatMap(({ title, operations }, index) => [
    `${String(index + 1).padStart(2)}. ${title}`,
    ...operations.map(({ endpoint }) => describe(endpoint)),
  ]);
  const left = [...(sentences.length === 0 ? [] : ['the body: the server does not accept it yet'])].map(
    (line) => `${openMark} ${line}`,
  );
  for (const reason of new Set(open.map((one) => one.reason))) {
    const same = open.filter((one) => one.reason === reason);
    left.push(`${openMark} ${reason}:`, ...same.map(({ endpoint }) => describe(endpoint)));
  }
  return [...heading, '', ...lines, ...left].map((line) => (line === '' ? '//' : `// ${line}`));
}

function writeImports(needs: CallNeeds, code: readonly string[], typed: TypedBody | null): string[] {
  const types = ['KubernetesObject', ...(typed === null ? [] : [typed.type])].filter((name) => uses(code, name));
  const text = [...code, ...needs.constants.values()];
  const values = [...needs.imports, ...(typed?.imports ?? [])].filter((name) =>
    // A constant may be written for steps that were left out.
    uses(uses(code, 'mergePatch') ? text : code, name),
  );
  const library = '@kubernetes/client-node';
  const vitest = ['expect', 'vi'].filter((name) => uses(code, name));
  const workbench = ['liveTest', ...(uses(code, 'uniqueName') ? ['uniqueName'] : [])];
  return [
    ...(types.length === 0 ? [] : [formatImport(types, library, true)]),
    ...(values.length === 0 ? [] : [formatImport(values, library)]),
    formatImport(workbench, '@snoop/workbench'),
    ...(vitest.length === 0 ? [] : [formatImport(vitest, 'vitest')]),
  ];
}

interface TestCode {
  readonly title: string;
  readonly steps: readonly string[];
  readonly typed: TypedBody | null;
}

function writeFunction(options: TestToWrite, needs: CallNeeds, { title, steps, typed }: TestCode): string[] {
  const { kind, body } = options;
  const creator = body === null ? [] : writeCreator(options, body, typed);
  const names = findKnownNeed(kind)?.names ?? usualNames;
  const identity = uses(steps, 'identity') ? [`  const identity = ${formatValue(identify(kind), 2, 20)};`] : [];
  const code = [...creator, ...steps, ...identity];
  const isReadOnly = body === null;
  const second = uses(steps, 'second') ? [`  const second = ${names.second.code};`] : [];
  const named = [...(uses(code, 'name') ? [`  const name = ${names.first.code};`] : []), ...second];
  const setup = names.setup.filter(() => named.length > 0).map((line) => `  ${line}`);
  const selector = uses(steps, 'labelSelector')
    ? [`  const labelSelector = \`live-test=${placeholder('label')}\`;`]
    : [];
  const lines = isReadOnly
    ? ['name', 'namespace'].filter((name) => uses(steps, name)).map((name) => `  let ${name} = '';`)
    : [...setup, ...named, ...identity, ...selector];
  const label = uses([...lines, ...code], 'label') ? [`  const label = uniqueName(${quote(slug(kind.kind))});`] : [];
  const waiting = uses(steps, 'waiting') ? ['  const waiting = { timeout: 30_000, interval: 100 };'] : [];
  const clients = [...needs.setup].filter(([name]) => uses(steps, name)).map(([, line]) => `  ${line}`);
  const fixtures = ['cluster', ...(uses(code, 'namespace') && !isReadOnly ? ['namespace'] : []), 'step'];
  return [
    `liveTest(${quote(title)}, async ({ ${fixtures.join(', ')} }) => {`,
    ...[...clients, ...label, ...lines, ...waiting],
    ...creator,
    '',
    ...steps,
    '});',
  ];
}

/** What the object API needs to find the object. */
function identify(kind: ServedKind): DraftFields {
  const name = new Expression('name', (names) => names.name);
  const namespace = new Expression('namespace', (names) => names.namespace);
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, ...(kind.namespaced ? { namespace } : {}) },
  };
}

/** `name` and `namespace` are parameters and fixtures of the test. */
function writeCreator({ kind, sentences }: TestToWrite, body: Draft, typed: TypedBody | null): string[] {
  const reason = findKnownNeed(kind)?.reason;
  const comments = [
    ...(reason === undefined ? [] : [`  // ${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`]),
    ...sentences.map((sentence) => `  // ${openMark} ${sentence}`),
  ];
  const value = typed?.value ?? body;
  const head = `const createBody = (${usesName(body) ? 'name: string' : ''})${typed === null ? '' : `: ${typed.type}`} => (`;
  return ['', ...comments, `  ${head}${formatValue(value, 2, 2 + head.length + 2)});`];
}

/** Whether an object's name is part of a body. */
function usesName(body: Draft): boolean {
  if (body instanceof Expression) return /\bname\b/.test(body.code);
  if (typeof body !== 'object' || body === null) return false;
  return Object.values(body).some(usesName);
}

function writeStep({ title, lines }: WrittenStep): string[] {
  return [`  await step(${quote(title)}, async () => {`, ...lines, '  });'];
}

/** Whether code uses a name, other than as a field. */
function uses(code: readonly string[], name: string): boolean {
  const used = new RegExp(String.raw`(?<![.\w'$-])${name}(?![\w'-]|: )|\$\{${name}\}`);
  return code.some((line) => !/^\s*\/\//.test(line) && used.test(line));
}

/** `ConfigMap` as `config-map`, short enough for a label of 63 characters with a suffix. */
export function slug(kind: string): string {
  return slugify(kind.replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4'), 40);
}

/** The version of the API that the file is for, and where its outline's marks are from. */
export function createHeading(
  asked: string,
  kind: ServedKind,
  facts: { readonly clusterVersion: string; readonly baseline: string | null },
): string[] {
  return [
    `${apiVersionOf(kind)} ${kind.kind}, written by 'snoop new ${asked}' for Kubernetes ${facts.clusterVersion}.`,
    facts.baseline === null
      ? 'No baseline is loaded: all endpoints are marked.'
      : `[no e2e test], [no conformance test]: no such test of the baseline ${facts.baseline} hits the endpoint.`,
  ];
}

/** `config-map-lifecycle.live.ts`; with the version if the group prefers another. */
export function nameFile({ kind, preferred, path, subresource, resource }: ServedKind): string {
  const whole = subresource === null ? kind : `${resource}-${subresource}`;
  return `${slug(whole)}${preferred ? '' : `-${path.version}`}${subresource === null ? '-lifecycle' : ''}.live.ts`;
}
