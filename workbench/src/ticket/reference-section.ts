import { formatKindReferenceUrl, formatReferencePage, type ReferencedKind } from '@snoop/snoopdb';
import { findSig } from './api-groups.ts';
import { formatCode, formatName, formatUrl } from './blocks.ts';
import type { TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import type { TicketKind } from './kinds.ts';
import { listTicketKinds } from './ticket-kinds.ts';

const maxKinds = 20;

/** Links for each kind of the ticket: its page in the API reference, and its file in client-go. */
export function writeReferences(evidence: TicketEvidence, claims: TicketClaims): string {
  const kinds = listTicketKinds(evidence, claims);
  const lines = kinds.slice(0, maxKinds).flatMap((kind) => describeKind(evidence.query.release, kind));
  const links = lines.join('\n') || 'The tests hit no endpoint of a kind.';
  return `# API Reference and feature documentation\n\n${links}`;
}

function describeKind(release: string, kind: TicketKind): string[] {
  const name = formatName(kind.kind);
  if (findSig(kind) === null) {
    return [
      `- ${name} is a kind of the API ${formatCode(`${kind.group}/${kind.version}`)}, which is not part of Kubernetes.`,
    ];
  }
  if (!kind.isResource)
    return [`- [Kubernetes API reference](${formatUrl(formatReferencePage(release))}), for ${name}`];
  const file = findClientFile(kind);
  const url = `https://github.com/kubernetes/${file.repository}/blob/kubernetes-${release}/${file.path}`;
  return [
    `- [Kubernetes API reference: ${name}](${formatUrl(formatKindReferenceUrl(release, kind))})`,
    `- [${file.repository}: ${formatName(file.path.split('/').pop() ?? '')}](${formatUrl(url)})`,
  ];
}

/** Finds the typed client of a kind of Kubernetes: client-gen writes `typed/<group>/<version>/<kind>.go`. */
export function findClientFile({ group, version, kind }: ReferencedKind): { repository: string; path: string } {
  const own = clientSets.get(group);
  const folder = own?.folder ?? groupFolders.get(group) ?? (group.split('.')[0] || 'core');
  // Pods().Bind() is written by hand.
  const name = group === '' && kind === 'Binding' ? 'pod_expansion' : kind.toLowerCase();
  return {
    repository: own?.repository ?? 'client-go',
    path: `${own?.typed ?? 'kubernetes/typed'}/${folder}/${version}/${name}.go`,
  };
}

/** Groups whose folder is not the first part of their name, as in k8s.io/api. */
const groupFolders: ReadonlyMap<string, string> = new Map([['internal.apiserver.k8s.io', 'apiserverinternal']]);

/** Groups whose client is not in client-go. */
const clientSets: ReadonlyMap<string, { repository: string; typed: string; folder: string }> = new Map([
  [
    'apiextensions.k8s.io',
    {
      repository: 'apiextensions-apiserver',
      typed: 'pkg/client/clientset/clientset/typed',
      folder: 'apiextensions',
    },
  ],
  [
    'apiregistration.k8s.io',
    {
      repository: 'kube-aggregator',
      typed: 'pkg/client/clientset_generated/clientset/typed',
      folder: 'apiregistration',
    },
  ],
]);
