import { readFile } from 'node:fs/promises';
import { createEvidence, type TicketEvidence } from '../../src/ticket/evidence.ts';

/**
 * Real runs as evidence: exported from local control planes of 1.34.0 and 1.36.3. `npx vitest run
 * workbench/test/ticket/collect-evidence.database.test.ts -u` renews their queries, the same with `golden.test.ts` the
 * tickets.
 */
export const evidenceNames = [
  'volume-attributes-class',
  'not-eligible',
  'outline',
  'two-tests',
  'custom-resource',
  'exec',
] as const;

export type EvidenceName = (typeof evidenceNames)[number];

export function locateEvidence(name: EvidenceName): URL {
  return new URL(`evidence/${name}.json`, import.meta.url);
}

export async function readEvidence(name: EvidenceName): Promise<TicketEvidence> {
  const parts: Omit<TicketEvidence, 'format' | 'version' | 'sha256'> = JSON.parse(
    await readFile(locateEvidence(name), 'utf8'),
  );
  return createEvidence(parts);
}
