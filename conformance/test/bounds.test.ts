import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { readJunit, readSuiteLog } from '../src/index.ts';

/** Each of these took minutes, or gigabytes. */

function* repeat(count: number, make: (index: number) => string): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.from(make(index));
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Without garbage. */
function measureHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test('names of tests with thousands of labels', async () => {
  const name = `${'['.repeat(30_000)}[a] [${Array(10_000).fill('a').join(', ')}]`;
  const { tests } = await readJunit(
    (function* () {
      yield Buffer.from('<testsuite>');
      yield* repeat(200, (index) => `<testcase name="${index}${name}"/>`);
      yield Buffer.from('</testsuite>');
    })(),
  );
  expect(tests.length).toBe(200);
});

test('long lines with separators of lines in them', async () => {
  const lines = [
    `Running Suite: ${' - /'.repeat(16_000)}\u2028x\n`,
    'Ran 1 of 2 Specs in 1 seconds\n',
    `FAIL! - ${' -- '.repeat(16_000)}\u2028x\n`,
  ];
  const { summaries } = await readSuiteLog(repeat(300, (index) => lines[index % 3] ?? ''));
  expect(summaries).toEqual([]);
});

test('a log with thousands of failures, each a line of 63,000 characters', async () => {
  const log = repeat(10_000, (index) =>
    index === 0 ? 'Summarizing 9999 Failures:\n' : `  [FAIL] ${index} ${'y'.repeat(63_000)}\n`,
  );
  const before = measureHeap();
  const { failures } = await readSuiteLog(log);
  expect((measureHeap() - before) / 2 ** 20).toBeLessThan(200);
  expect(failures.length).toBe(9_999);
});
