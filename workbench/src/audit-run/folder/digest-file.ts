import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * Computes the SHA-256 of a file, in hex.
 *
 * @param bytes of the file; what another process appends meanwhile is not read
 * @throws an error of the system
 */
export async function digestFile(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) await pipeline(createReadStream(path, { end: bytes - 1 }), hash);
  return hash.digest('hex');
}
