import type { DocumentRequest, DocumentTest, RunDocument } from '@snoop/snoopdb';
import { asRecord, asText } from '../../src/new-test/json.ts';

/** Requests of a live test, or of a client by its agent. */
export interface Selection {
  readonly document: RunDocument;
  readonly test?: DocumentTest | undefined;
  readonly agent?: RegExp;
}

/** The framework creates and deletes a namespace for each test, and reads what controllers create in it. */
const ofFramework =
  /^\/api\/v1\/namespaces(?:\/[^/]+)?(?:\/(?:serviceaccounts|configmaps)\?.*fieldSelector=metadata\.name%3D.*)?$/;

function select({ document, test, agent }: Selection): DocumentRequest[] {
  if (test !== undefined) return document.requests.filter((one) => one.test === test.test);
  return document.requests.filter(
    ({ client_agent: own, request_uri: uri }) => agent?.test(own ?? '') === true && !ofFramework.test(uri),
  );
}

/** The endpoints that were hit, sorted. */
export function listHits(selection: Selection): string[] {
  const sent = new Set(select(selection).map((one) => one.audit_id));
  const hits = selection.document.evidence.filter((event) => event.is_hit && sent.has(event.audit_id));
  return [...new Set(hits.flatMap(({ endpoint }) => endpoint ?? []))].sort();
}

/** The objects that were created, as the server answered, without what each run makes up. */
export function listCreated(selection: Selection): unknown[] {
  const created = select(selection).filter(({ method, status }) => method === 'POST' && status === 201);
  return created.map(({ audit_id: id }) => {
    const answer = selection.document.bodies?.find((one) => one.audit_id === id && one.direction === 'answer');
    return withoutMade(answer?.body, asText(asRecord(asRecord(answer?.body).metadata).namespace));
  });
}

const made = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'managedFields']);

function withoutMade(value: unknown, namespace: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutMade(item, namespace));
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value).filter(([name]) => !made.has(name));
    return Object.fromEntries(kept.map(([name, field]) => [name, withoutMade(field, namespace)]));
  }
  if (typeof value !== 'string') return value;
  if (value === namespace) return '<namespace>';
  return value.replace(/(?<=-)[a-z0-9]{8}(?=-\d|\.|$)/, '<random>');
}
