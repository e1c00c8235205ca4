import { crc32 } from 'node:zlib';

/** A body as it lies in a segment: this header, the source's name, then the bytes of the body. */
export interface RecordHeader {
  readonly source: string;
  readonly sha256: Buffer;
  readonly bodyBytes: number;
  /** When it was received, in milliseconds since 1970. */
  readonly receivedAt: number;
}

/** The header without the source's name. */
export const fixedHeaderBytes = 56;
const maxSourceBytes = 100;
export const maxHeaderBytes = fixedHeaderBytes + maxSourceBytes;
/** No text has these bytes one after the other: 0xff is in no UTF-8. */
export const recordMark = Buffer.from([0xff, 0x53, 0xff, 0x01]);

/**
 * Layout (big-endian): 0 mark, 4 length of the source's name (1), 5 the same with every bit turned (1), 6 nothing (2), 8 length of the body (4), 12 received at
 * (8), 20 sha256 of the body (32), 52 CRC-32 of all that, the name included, begun with the segment's own number. So
 * nobody who sends a body can hide a record in it that would be taken for one.
 */
export function encodeHeader(header: RecordHeader, salt: number): Buffer {
  const source = Buffer.from(header.source);
  if (source.length > maxSourceBytes) throw new RangeError(`A source's name has at most ${maxSourceBytes} bytes.`);
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
 * Whether the last bytes of a file are the beginning of a header that was cut. Its length is written twice: else a spoilt
 * length of the last record would pass for a write that never ended, and its body for one that nobody acknowledged.
 */
export function isCutHeader(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, recordMark.length);
  if (!mark.equals(recordMark.subarray(0, mark.length))) return false;
  if (bytes.length < 6) return true;
  const sourceBytes = bytes.readUInt8(4);
  return bytes.readUInt8(5) === (sourceBytes ^ 0xff) && bytes.length < fixedHeaderBytes + sourceBytes;
}

/** @returns the header that `bytes` begin with, and its length; null when they begin with none, or are too short. */
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
