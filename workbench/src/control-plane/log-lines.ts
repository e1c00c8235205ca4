import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 256 * 1024;
const maxLines = 6;
const maxLineLength = 400;
/** Error lines of Kubernetes (klog), etcd, kwok and the auditlogger (JSON), PostgreSQL, Go and Node. */
const errorLine =
  /^[EF]\d{4} |^(Error|error): |"level":("(error|ERROR|fatal|panic|dpanic)"|[56]0)|\b(FATAL|PANIC|ERROR): |^panic: |Error: /;

/**
 * Reads the lines of a log that explain a failure: the last errors, else the last lines.
 *
 * @param from bytes to skip, to ignore the errors of an earlier run
 */
export function readErrorLines(file: string, from = 0): string[] {
  const lines = readTail(file, from)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const errors = lines.filter((line) => errorLine.test(line));
  return (errors.length > 0 ? errors : lines).slice(-maxLines).map((line) => line.slice(0, maxLineLength));
}

/** The log's size; 0 when it does not exist. */
export function readLogSize(file: string): number {
  return withFile(file, (descriptor) => fstatSync(descriptor).size) ?? 0;
}

function readTail(file: string, from: number): string {
  const tail = withFile(file, (descriptor) => {
    const { size } = fstatSync(descriptor);
    const start = Math.max(from, size - tailBytes, 0);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, start));
  });
  return tail ?? '';
}

function withFile<T>(file: string, work: (descriptor: number) => T): T | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return null;
  }
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
