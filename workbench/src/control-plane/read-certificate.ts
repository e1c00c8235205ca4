import { readFileSync } from 'node:fs';

/** Reads a certificate that a server creates at its start; null before that. */
export function readCertificate(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
