import { readFile } from 'node:fs/promises';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';

/**
 * Real runs, exported from local control planes of 1.34.0 and 1.36.3. With `-u`, collect-evidence.database.test.ts
 * renews their queries, and golden.test.ts their tickets.
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
  return new URL(`../evidence/${name}.json`, import.meta.url);
}

/** The evidence of a golden ticket. */
export async function readGoldenEvidence(name: EvidenceName = 'volume-attributes-class'): Promise<TicketEvidence> {
  const parts: Omit<TicketEvidence, 'format' | 'version' | 'sha256'> = JSON.parse(
    await readFile(locateEvidence(name), 'utf8'),
  );
  return createEvidence(parts);
}
