import { crc32 } from 'node:zlib';

/** The header of a body in a segment; source name and body bytes follow it. */
export interface RecordHeader {
  readonly source: string;
  readonly sha256: Buffer;
  readonly bodyBytes: number;
  /** When it was received, in milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Without the source name. */
export const fixedHeaderBytes = 56;
const maxSourceBytes = 100;
export const maxHeaderBytes = fixedHeaderBytes + maxSourceBytes;
/** Never occurs in text: 0xff is invalid in UTF-8. */
export const recordMark = Buffer.from([0xff, 0x53, 0xff, 0x01]);

/**
 * Layout (big-endian): 0 mark, 4 length of the source name (1), 5 its complement (1), 6 unused (2), 8 length of the body
 * (4), 12 received at (8), 20 SHA-256 of the body (32), 52 CRC-32 of all of that and the name, seeded with the segment's
 * salt, so that a body cannot contain a forged record.
 */
export function encodeHeader(header: RecordHeader, salt: number): Buffer {
  const source = Buffer.from(header.source);
  if (source.length > maxSourceBytes) throw new RangeError(`A source name has at most ${maxSourceBytes} bytes.`);
  const bytes = Buffer.alloc(fixedHeaderBytes + source.length);
  recordMark.copy(bytes, 0);
  bytes.writeUInt8(source.length, 4);
  bytes.writeUInt8(source.length ^ 0xff, 5);
  bytes.writeUInt32BE(header.bodyBytes, 8);
  bytes.writeBigUInt64BE(BigInt(header.receivedAt), 12);
  header.sha256.copy(bytes, 20);
  source.copy(bytes, fixedHeaderBytes);
  bytes.writeUInt32BE(checksum(bytes, salt), 52);
  return bytes;
}

/**
 * Whether the last bytes of a file are a truncated header. The length is stored twice: otherwise a damaged length in the
 * last record would look like an unfinished write, and its body like an unacknowledged one.
 */
export function isCutHeader(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, recordMark.length);
  if (!mark.equals(recordMark.subarray(0, mark.length))) return false;
  if (bytes.length < 6) return true;
  const sourceBytes = bytes.readUInt8(4);
  return bytes.readUInt8(5) === (sourceBytes ^ 0xff) && bytes.length < fixedHeaderBytes + sourceBytes;
}

/** @returns the header at the start of `bytes` and its length; null when there is none */
export function decodeHeader(bytes: Buffer, salt: number): { header: RecordHeader; headerBytes: number } | null {
  if (bytes.length < fixedHeaderBytes || !bytes.subarray(0, recordMark.length).equals(recordMark)) return null;
  const headerBytes = fixedHeaderBytes + bytes.readUInt8(4);
  if (headerBytes > maxHeaderBytes || bytes.length < headerBytes) return null;
  const own = bytes.subarray(0, headerBytes);
  if (checksum(own, salt) !== own.readUInt32BE(52)) return null;
  const header = {
    source: own.toString('utf8', fixedHeaderBytes),
    sha256: Buffer.from(own.subarray(20, 52)),
    bodyBytes: own.readUInt32BE(8),
    receivedAt: Number(own.readBigUInt64BE(12)),
  };
  return { header, headerBytes };
}

function checksum(bytes: Buffer, salt: number): number {
  return crc32(bytes.subarray(fixedHeaderBytes), crc32(bytes.subarray(0, 52), salt));
}
