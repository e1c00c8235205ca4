import type { DocumentBody, DocumentRequest, DocumentTest, RunDocument } from '@snoop/snoopdb';
import { isRecord } from '../new-test/json.ts';
import type { Json } from '../new-test/draft.ts';
import { readPlace, type ApiPlace } from './api-place.ts';

/** A request of a test, in the words of client-go. */
export interface Call {
  readonly verb: Verb;
  readonly place: ApiPlace;
  readonly request: DocumentRequest;
  readonly query: ReadonlyMap<string, string>;
  /** undefined: none, or not stored. */
  readonly body: Json | undefined;
  /** Why a body that was sent is missing. */
  readonly missing: string | null;
  readonly answer: Json | undefined;
}

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'other';

export interface CalledStep {
  /** null before the first step and between steps. */
  readonly name: string | null;
  readonly calls: readonly Call[];
}

export interface CalledTest {
  readonly test: DocumentTest;
  readonly steps: readonly CalledStep[];
}

/** More requests of one test would make a file that nobody reads. */
export const maxCalls = 2000;

/** Whether any body was stored with a run; the export of an old or imported run has none. */
export function hasStoredBodies({ bodies = [] }: RunDocument): boolean {
  return bodies.length > 0;
}

/** Reads the requests of each test's last try, in the order in which they were sent, by step. */
export function readCalledTests(document: RunDocument): CalledTest[] {
  const bodies = new Map(document.bodies?.map((body) => [`${body.direction} ${body.audit_id}`, body]));
  return document.tests.map((test) => {
    const requests = document.requests.filter((one) => one.test === test.test && one.try === test.tries);
    const calls = requests.slice(0, maxCalls).map((request) => readCall(request, bodies, hasStoredBodies(document)));
    const steps = document.steps.filter((one) => one.test === test.test && one.try === test.tries);
    return { test, steps: groupBySteps(calls, steps) };
  });
}

function groupBySteps(calls: readonly Call[], steps: RunDocument['steps']): CalledStep[] {
  const order = [...steps].sort((a, b) => a.step - b.step);
  const groups: { step: number | null; calls: Call[] }[] = [];
  const left = [...order];
  for (const call of calls) {
    const { step } = call.request;
    // Steps without requests keep their place.
    while (step !== null && left[0] !== undefined && left[0].step < step) {
      const empty = left.shift();
      if (empty !== undefined && !groups.some((group) => group.step === empty.step)) {
        groups.push({ step: empty.step, calls: [] });
      }
    }
    const last = groups.at(-1);
    if (last !== undefined && last.step === step) last.calls.push(call);
    else groups.push({ step, calls: [call] });
    if (left[0]?.step === step) left.shift();
  }
  groups.push(
    ...left.filter(({ step }) => !groups.some((group) => group.step === step)).map(({ step }) => ({ step, calls: [] })),
  );
  return groups.map(({ step, calls: own }) => ({
    name: order.find((one) => one.step === step)?.name ?? null,
    calls: own,
  }));
}

function readCall(request: DocumentRequest, bodies: ReadonlyMap<string, DocumentBody>, hasBodies: boolean): Call {
  const { method, request_uri: uri, audit_id: id } = request;
  const [path = '', search = ''] = splitOnce(uri, '?');
  const query = new Map(new URLSearchParams(search));
  const place = readPlace(path);
  const sent = bodies.get(`request ${id}`);
  const answer = bodies.get(`answer ${id}`);
  return {
    verb: findVerb(method, place, query),
    place,
    request,
    query,
    body: sent?.omitted === null ? asJson(sent.body) : undefined,
    missing: explainMissing(method, sent, hasBodies),
    answer: answer?.omitted === null ? asJson(answer.body) : undefined,
  };
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function explainMissing(method: string, sent: DocumentBody | undefined, hasBodies: boolean): string | null {
  if (sent !== undefined) return sent.omitted;
  if (!['POST', 'PUT', 'PATCH'].includes(method)) return null;
  return hasBodies ? 'none was stored' : 'the run has no stored bodies';
}

/** Deeper values would exhaust the stack; the API server refuses them, too. */
const maxDepth = 100;

function asJson(value: unknown, depth = 0): Json {
  if (depth > maxDepth) return null;
  if (Array.isArray(value)) return value.map((item) => asJson(item, depth + 1));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, asJson(field, depth + 1)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function findVerb(method: string, place: ApiPlace, query: ReadonlyMap<string, string>): Verb {
  if (place.type === 'other') return 'other';
  const isObject = place.name !== null;
  switch (method) {
    case 'GET': {
      const watches = ['true', '1'].includes(query.get('watch') ?? '');
      if (place.subresource === null && watches) return 'watch';
      return isObject ? 'get' : 'list';
    }
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return isObject ? 'delete' : 'deletecollection';
    default:
      return 'other';
  }
}
