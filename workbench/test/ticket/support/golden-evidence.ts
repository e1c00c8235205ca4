import { readFile } from 'node:fs/promises';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';

/** The evidence of a golden ticket. */
export async function readGoldenEvidence(name = 'volume-attributes-class'): Promise<TicketEvidence> {
  const { sha256: _, ...parts } = JSON.parse(
    await readFile(new URL(`../evidence/${name}.json`, import.meta.url), 'utf8'),
  );
  return createEvidence(parts);
}
