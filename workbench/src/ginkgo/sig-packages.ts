import type { ReferencedKind } from '@snoop/snoopdb';
import { findSig } from '../ticket/api-groups.ts';
import type { CalledTest } from './read-calls.ts';
import { asRecord, asText } from '../new-test/json.ts';
import { formatGroupVersion } from './api-place.ts';
import type { GoTypes } from './go-types.ts';

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

/** Finds the kind that a test creates first, or else requests most. */
export function findSubject({ steps }: CalledTest, types: GoTypes): ReferencedKind | null {
  const calls = steps.flatMap((step) => step.calls);
  const kinds = calls.flatMap(({ place, body, verb, request }) => {
    if (place.type === 'other') return [];
    const group = types.clients[formatGroupVersion(place)];
    const type =
      group !== undefined && Object.hasOwn(group.resources, place.resource)
        ? group.resources[place.resource]?.type
        : undefined;
    const sent = verb === 'create' && place.name === null ? asText(asRecord(body).kind) : '';
    const kind = type?.slice(type.lastIndexOf('.') + 1) || sent || place.resource;
    return [{ group: place.group, version: place.version, kind, creates: verb === 'create' && request.status === 201 }];
  });
  const count = (kind: string): number => kinds.filter((one) => one.kind === kind).length;
  const [most] = [...kinds].sort((a, b) => count(b.kind) - count(a.kind));
  return kinds.find(({ creates, kind }) => creates && count(kind) * 2 > count(most?.kind ?? '')) ?? most ?? null;
}
