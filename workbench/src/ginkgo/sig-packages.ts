import type { ReferencedKind } from '@snoop/snoopdb';
import { findSig } from '../ticket/api-groups.ts';
import type { Call, CalledTest } from './read-calls.ts';
import { asRecord, asText } from '../new-test/json.ts';
import { formatGroupVersion, type ResourcePlace } from './api-place.ts';
import { findClient, type GoTypes } from './go-types.ts';

/** Where the e2e tests of a SIG are in kubernetes/kubernetes, and where their `SIGDescribe` comes from. */
export interface SigPackage {
  readonly folder: string;
  readonly name: string;
  /** null: the package itself has it. */
  readonly describeFrom: string | null;
}

/** test/e2e of Kubernetes 1.36: the packages, and the framework.go that declares `SIGDescribe`. */
const packages: Readonly<Record<string, SigPackage>> = {
  'api-machinery': own('apimachinery'),
  apps: own('apps'),
  auth: own('auth'),
  autoscaling: own('autoscaling'),
  instrumentation: { ...own('instrumentation'), describeFrom: 'k8s.io/kubernetes/test/e2e/instrumentation/common' },
  network: { ...own('network'), describeFrom: 'k8s.io/kubernetes/test/e2e/network/common' },
  node: own('node'),
  scheduling: own('scheduling'),
  storage: { ...own('storage'), describeFrom: 'k8s.io/kubernetes/test/e2e/storage/utils' },
};

function own(name: string): SigPackage {
  return { folder: `test/e2e/${name}`, name, describeFrom: null };
}

/** Chooses the package by the SIG of a kind; custom resources belong to API machinery. */
export function choosePackage(subject: ReferencedKind): SigPackage {
  const sig = findSig(subject) ?? 'api-machinery';
  return (Object.hasOwn(packages, sig) ? packages[sig] : undefined) ?? own('apimachinery');
}

/** Finds the kind that a test requests most. */
export function findSubject({ steps }: CalledTest, types: GoTypes): ReferencedKind | null {
  const calls = steps.flatMap((step) => step.calls);
  const kinds = new Map<string, ReferencedKind & { readonly count: number }>();
  for (const { place } of calls) {
    if (place.type === 'other') continue;
    const { group, version, resource } = place;
    const key = `${formatGroupVersion(place)}/${resource}`;
    const kind = kinds.get(key)?.kind ?? findKind(place, calls, types);
    kinds.set(key, { group, version, kind, count: (kinds.get(key)?.count ?? 0) + 1 });
  }
  const [most] = [...kinds.values()].sort((a, b) => b.count - a.count);
  return most ?? null;
}

/** The kind of a resource: of the typed client, or of what was sent. */
function findKind(place: ResourcePlace, calls: readonly Call[], types: GoTypes): string {
  const type = findClient(place, types)?.type ?? '';
  if (type !== '') return type.slice(type.lastIndexOf('.') + 1);
  const isCreate = ({ verb, place: own }: Call): boolean =>
    verb === 'create' && own.type === 'resource' && own.name === null && own.resource === place.resource;
  return asText(asRecord(calls.find(isCreate)?.body).kind) || place.resource;
}
