import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the spool. Its name contains its number and the salt of its checksums. */
export interface SegmentFile {
  readonly path: string;
  readonly number: number;
  readonly salt: number;
}

const segmentName = /^segment-(\d{12})-([0-9a-f]{8})\.spool$/;

/** Names the segment with this number. */
export function nameSegment(folder: string, number: number): SegmentFile {
  const salt = randomBytes(4);
  const name = `segment-${String(number).padStart(12, '0')}-${salt.toString('hex')}.spool`;
  return { path: join(folder, name), number, salt: salt.readUInt32BE(0) };
}

/** Lists the segments of a folder, oldest first. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const segments = (await readdir(folder)).flatMap((name): SegmentFile[] => {
    const [, number, salt] = segmentName.exec(name) ?? [];
    if (number === undefined || salt === undefined) return [];
    return [{ path: join(folder, name), number: Number(number), salt: Number.parseInt(salt, 16) }];
  });
  return segments.sort((left, right) => left.number - right.number);
}
