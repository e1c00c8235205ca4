import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLogSize, readErrorLines } from '../../src/control-plane/log-lines.ts';
import { makeFolder } from '../support/folder.ts';

test.each([
  ['Kubernetes', 'E1121 03:33:07.1 30239 run.go:72] "command failed" err="no such file"'],
  ['etcd', '{"level":"fatal","ts":"2026-11-21","msg":"failed to open database"}'],
  ['the auditlogger', '{"level":50,"time":1795231929008,"name":"auditlogger","msg":"no such database"}'],
  ['PostgreSQL', '2026-11-21 03:33:07 UTC [12] FATAL:  could not open file'],
  ['Go', 'panic: invalid freelist page'],
  ['Node', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:9900'],
])('finds the errors of %s among other lines', async (_what, line) => {
  const file = join(await makeFolder(), 'part.log');
  const noise = 'I1121 03:33:07.1 30239 alloc.go:329] "allocated"\n';
  writeFileSync(file, `${noise}${line}\n${noise.repeat(20)}`);
  expect(readErrorLines(file)).toEqual([line]);
});

test('without errors, returns the last lines, but none of an earlier run', async () => {
  const file = join(await makeFolder(), 'part.log');
  expect(readErrorLines(file)).toEqual([]);
  writeFileSync(file, 'panic: long ago\n');
  const from = readLogSize(file);
  writeFileSync(file, `panic: long ago\n${Array.from({ length: 9 }, (_, n) => `line ${n}`).join('\n')}\n`);
  expect(readErrorLines(file, from)).toEqual(['line 3', 'line 4', 'line 5', 'line 6', 'line 7', 'line 8']);
});
