import { createHash } from 'node:crypto';
import { readHistory, readShippedRelease } from '@snoop/snoopdb';
import type { GateDocument } from '../../facts.ts';
import { describeSource } from '../contents/describe-source.ts';
import type { DocumentRole } from './gate-document.ts';
import { toEndpoint } from './openapi.ts';

/**
 * Creates the document of a release that ships.
 *
 * @param release X.Y.Z
 */
export async function createShippedDocument(role: DocumentRole, release: string): Promise<GateDocument> {
  const [{ calendar }, snapshot] = await Promise.all([readHistory(), readShippedRelease(release)]);
  const endpoints = (snapshot?.endpoints ?? []).map(toEndpoint);
  const text = JSON.stringify(endpoints);
  const day = calendar.find(([known]) => known === release)?.[1] ?? null;
  const source = describeSource(role, `Kubernetes ${release}, shipped with this program`, {
    digest: createHash('sha256').update(text).digest('hex'),
    bytes: Buffer.byteLength(text),
    count: endpoints.length,
    release,
    releaseFrom: 'shipped data',
    date: day === null ? null : new Date(day).toISOString(),
    dateFrom: day === null ? null : 'shipped data',
  });
  return { source, endpoints, isAncestor: false };
}
