import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FileRole, Files } from './made-files.ts';

/** The ways in which a file can be broken, whatever it is for. */
export const ways = [
  'missing',
  'empty',
  'blank',
  'half of its bytes',
  'half of its entries',
  'HTML',
  'an answer with an error',
  'gzip cut',
  'a directory',
  'a dangling link',
  'too large',
  'duplicate keys',
  'null',
  'binary',
] as const;

export type Way = (typeof ways)[number];

const html = '<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n';
/** As an API server answers. */
const failure = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":403}\n';

/** More than any source may have, in a place where a reader must take it. */
const excess = ' '.repeat(65 << 20);

/** Breaks a file in its place. */
export async function breakFile(folder: string, name: string, way: Way, role: FileRole, files: Files): Promise<void> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  if (way === 'missing') return;
  if (way === 'a directory') await mkdir(path);
  else if (way === 'a dangling link') await symlink('nowhere', path);
  else await writeFile(path, breakContent(way, role, files[role]));
}

function breakContent(way: Way, role: FileRole, content: string | Buffer): string | Buffer {
  const bytes = Buffer.from(content);
  switch (way) {
    case 'empty':
      return '';
    case 'blank':
      return '\n\n  \n';
    case 'half of its bytes':
      return bytes.subarray(0, bytes.length / 2);
    case 'half of its entries':
      return halveEntries(role, bytes.toString());
    case 'HTML':
      return html;
    case 'an answer with an error':
      return failure;
    case 'gzip cut': {
      const packed = gzipSync(bytes);
      return packed.subarray(0, Math.max(packed.length - 100, 20));
    }
    case 'too large':
      // A log may be as large as it likes, one of its lines may not.
      return role === 'log' ? `{"a":"${excess}"}\n${bytes}` : `${excess}\n${bytes}`;
    case 'duplicate keys':
      return repeatKey(role, bytes.toString());
    case 'null':
      return 'null\n';
    case 'binary':
      return Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
    default:
      throw new Error(`There is no content for '${way}'.`);
  }
}

/** Keeps the first half, so that what is left is as valid as before. */
function halveEntries(role: FileRole, text: string): string {
  switch (role) {
    case 'openapi':
    case 'previous': {
      const document = JSON.parse(text) as { paths: object };
      return JSON.stringify({ ...document, paths: Object.fromEntries(halve(Object.entries(document.paths))) });
    }
    case 'coverage': {
      const document = JSON.parse(text) as { endpoints: unknown[] };
      return JSON.stringify({ ...document, endpoints: halve(document.endpoints) });
    }
    case 'log':
      return halve(text.split('\n')).join('\n');
    case 'conformance':
    case 'ineligible':
    case 'pending':
      return halve(text.split(/^(?=- )/m)).join('');
  }
}

function halve<T>(entries: readonly T[]): T[] {
  return entries.slice(0, Math.floor(entries.length / 2));
}

/** Has a key twice; the last value, which most parsers use, is the right one. */
function repeatKey(role: FileRole, text: string): string {
  switch (role) {
    case 'openapi':
    case 'previous':
      return text.replace('{', '{"paths": {}, ');
    case 'coverage':
      return text.replace('{', '{"endpoints": [], ');
    case 'log':
      return text.replaceAll('{"kind"', '{"userAgent":"kubectl","kind"');
    case 'conformance':
      return text.replaceAll('  file:', '  file: "other.go"\n  file:');
    case 'ineligible':
      return text.replaceAll('  reason:', '  reason: "other"\n  reason:');
    case 'pending':
      // Its entries have no keys.
      return `- a: 1\n  a: 2\n${text}`;
  }
}
