import { formatKindReferenceUrl, type ReferencedKind } from '@snoop/snoopdb';
import { findSig } from './api-groups.ts';
import type { TicketClaims } from './claims.ts';
import { formatCode, formatName } from './blocks.ts';
import type { TicketEvidence } from './evidence.ts';
import { listTicketKinds } from './ticket-kinds.ts';

/** Links for each kind of the ticket: its page in the API reference, and its file in client-go. */
export function writeReferences(evidence: TicketEvidence, claims: TicketClaims): string {
  const lines = listTicketKinds(evidence, claims).flatMap((kind) => describeKind(evidence.query.release, kind));
  return ['# API Reference and feature documentation', lines.join('\n') || 'The tests hit no endpoint of a kind.'].join(
    '\n\n',
  );
}

function describeKind(release: string, kind: ReferencedKind): string[] {
  const name = formatName(kind.kind);
  if (findSig(kind) === null) {
    return [
      `- ${name} is a kind of the API ${formatCode(`${kind.group}/${kind.version}`)}, which is not part of Kubernetes.`,
    ];
  }
  const file = findClientFile(kind);
  const url = `https://github.com/kubernetes/${file.repository}/blob/kubernetes-${release}/${file.path}`;
  return [
    `- [Kubernetes API reference: ${name}](${formatKindReferenceUrl(release, kind)})`,
    `- [${file.repository}: ${formatName(file.path.split('/').pop() ?? '')}](${encodeURI(url)})`,
  ];
}

/** Where the typed client of a kind is: client-gen makes `typed/<group>/<version>/<kind>.go`. */
function findClientFile({ group, version, kind }: ReferencedKind): { repository: string; path: string } {
  const own = clientSets[group];
  const folder = own?.folder ?? groupFolders[group] ?? (group.split('.')[0] || 'core');
  return {
    repository: own?.repository ?? 'client-go',
    path: `${own?.typed ?? 'kubernetes/typed'}/${folder}/${version}/${kind.toLowerCase()}.go`,
  };
}

/** Groups whose folder is not the first part of their name (k8s.io/api). */
const groupFolders: Readonly<Record<string, string>> = { 'internal.apiserver.k8s.io': 'apiserverinternal' };

/** Groups whose client is not in client-go. */
const clientSets: Readonly<Record<string, { repository: string; typed: string; folder: string }>> = {
  'apiextensions.k8s.io': {
    repository: 'apiextensions-apiserver',
    typed: 'pkg/client/clientset/clientset/typed',
    folder: 'apiextensions',
  },
  'apiregistration.k8s.io': {
    repository: 'kube-aggregator',
    typed: 'pkg/client/clientset_generated/clientset/typed',
    folder: 'apiregistration',
  },
};
