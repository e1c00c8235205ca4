import type { ModelField } from '../audited-cluster/client-call.ts';
import { deriveMethod } from '../audited-cluster/client-call.ts';
import type { ApiDocument } from './api-document.ts';
import { createCaller } from './client-calls.ts';
import type { CallNeeds } from './client-calls.ts';
import type { Draft } from './draft.ts';
import { asRecord } from './json.ts';
import { findKnownNeed } from './known-needs.ts';
import type { ResourceEndpoints } from './lifecycle.ts';
import { nameTest } from './names.ts';
import { writeOutline } from './outline.ts';
import type { EndpointMark, OutlineFacts } from './outline.ts';
import type { ServedKind } from './served-kinds.ts';
import { quote } from './source-text.ts';
import type { Nodes, OpenEndpoint, WrittenStep } from './step.ts';
import { writeSteps } from './steps.ts';
import { createCondition, createStatus, createSubresourceBody } from './subresource-bodies.ts';
import { uses, usesName, writeFunction, writeImports } from './test-function.ts';
import type { TypedBody } from './test-function.ts';
import { convertValue, findModel } from './typed-value.ts';

/** A live test as text. */
export interface WrittenTest {
  readonly text: string;
  readonly title: string;
  readonly steps: readonly WrittenStep[];
  readonly open: readonly OpenEndpoint[];
}

export interface TestToWrite extends OutlineFacts {
  /** The resource, also for a kind of a subresource. */
  readonly kind: ServedKind;
  /** Write only the steps of this subresource; null: the whole lifecycle. */
  readonly subresource: ServedKind | null;
  readonly endpoints: ResourceEndpoints;
  /** What the cluster serves below the resource. */
  readonly subresources: readonly ServedKind[];
  readonly document: ApiDocument;
  /** null: nothing is created. */
  readonly body: Draft | null;
  readonly nodes: Nodes;
  readonly hasMethod: (client: string, method: string) => boolean;
  readonly findFields: (type: string) => readonly ModelField[] | null;
  /** Keep only the steps of marked endpoints, if there are any. */
  readonly untestedOnly: boolean;
}

/** Writes a live test of the lifecycle of a kind. */
export function writeTest(options: TestToWrite): WrittenTest {
  const { kind, body, document } = options;
  const needs: CallNeeds = { imports: new Set(), setup: new Map(), constants: new Map() };
  const typed = body === null ? null : chooseType(options, body);
  const hasMethod = body !== null && typed === null ? () => false : options.hasMethod;
  const call = createCaller(kind, hasMethod, needs);
  const status = document.resolve(asRecord(asRecord(document.findSchema(kind)).properties).status);
  const need = findKnownNeed(kind);
  const condition = createCondition(document, status, need?.condition);
  const hasName = body !== null && usesName(body);
  const written = writeSteps({
    kind,
    endpoints: options.endpoints,
    call,
    statusFields: new Set(Object.keys(asRecord(status.properties))),
    conditionType: typeof condition?.type === 'string' ? condition.type : null,
    subresourceBody: (name) =>
      name === 'status'
        ? createStatus(document, status, condition, need)
        : createSubresourceBody(document, options.subresources, name),
    around: { before: need?.before ?? [], after: need?.after ?? [] },
    createBody: (name) => (hasName ? `createBody(${name})` : 'createBody()'),
    nodes: options.nodes,
    only: options.subresource?.subresource ?? null,
  });
  const steps = options.untestedOnly ? keepUntested(written.steps, options.findMark) : written.steps;
  const title = nameTest(kind, options.subresource);
  const code = steps.flatMap((step, index) => [...(index === 0 ? [] : ['']), ...writeStep(step)]);
  const test = writeFunction({ ...options, title, steps: code, typed }, needs);
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

/** null: the object API creates it. */
function chooseType({ kind, endpoints, hasMethod, findFields }: TestToWrite, body: Draft): TypedBody | null {
  const create = endpoints.roles.create;
  const method = create === undefined ? null : deriveMethod(create);
  if (method === null || !hasMethod(method.client, method.name)) return null;
  const type = findModel(method.client, kind.version, kind.kind, findFields);
  const typed = type === null ? null : convertValue(body, type, findFields);
  return type === null || typed === null ? null : { type, ...typed };
}

/** Keeps steps with a marked endpoint, and what they need. All, if no endpoint is marked. */
function keepUntested(
  steps: readonly WrittenStep[],
  findMark: (endpoint: string) => EndpointMark,
): readonly WrittenStep[] {
  const isWanted = ({ operations }: WrittenStep): boolean =>
    operations.some(({ endpoint }) => !['coverage unknown', null].includes(findMark(endpoint)));
  if (!steps.some(isWanted)) return steps;
  return steps.filter((step) => step.prepares === true || isWanted(step));
}

function writeStep({ title, lines }: WrittenStep): string[] {
  return [`  await step(${quote(title)}, async () => {`, ...lines, '  });'];
}
