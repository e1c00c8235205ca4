import type { Operation } from './api-document.ts';
import type { CallOptions, WrittenCall } from './client-calls.ts';
import type { Draft } from './draft.ts';
import type { ResourceEndpoints } from './lifecycle.ts';
import type { ServedKind } from './served-kinds.ts';
import { formatCall, formatValue } from './source-text.ts';

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

/** The nodes that run Pods. Simulated ones have no kubelet. */
export type Nodes = 'none' | 'simulated' | 'real';

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
  readonly nodes: Nodes;
  /** Only the steps of this subresource. */
  readonly only: string | null;
}

export interface WrittenSteps {
  readonly steps: readonly WrittenStep[];
  readonly open: readonly OpenEndpoint[];
}

/** Columns of a statement in a step, and in a function within. */
export const outer = 4;
export const inner = 6;

export function statement(indent: number, before: string, { callee, args }: WrittenCall, after = ';'): string {
  return formatCall(indent, `${before}${callee}`, args, after);
}

/** Sends a request, and checks its status if the client does not. */
export function send(call: WrittenCall, result: string, indent = outer): string[] {
  const pad = ' '.repeat(indent);
  if (call.style !== 'raw') return [statement(indent, `const ${result} = await `, call)];
  return [
    statement(indent, `const ${result} = await `, call),
    `${pad}expect(${result}.status, ${result}.body).toBeLessThan(300);`,
  ];
}

export function sendOnly(call: WrittenCall, indent = outer): string[] {
  return call.style === 'raw' ? send(call, 'answer', indent) : [statement(indent, 'await ', call)];
}

export function checkName(call: WrittenCall, result: string): string[] {
  return call.style === 'raw' ? [] : [`    expect(${result}.metadata?.name).toBe(name);`];
}

/** A constant of a step. */
export function constant(name: string, value: Draft, indent = outer): string {
  const pad = ' '.repeat(indent);
  const head = `const ${name} = `;
  return `${pad}${head}${formatValue(value, indent, indent + head.length + 1)};`;
}

/** The names of a list's items. */
export const itemNames = 'list.items.map(({ metadata }) => metadata?.name)';
