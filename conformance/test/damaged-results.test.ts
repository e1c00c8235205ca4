import { expect, test } from 'vitest';
import { ConformanceError, countStates, type JunitReport, readJunit, readSuiteLog } from '../src/index.ts';
import { createPicker, cutIntoChunks, damage, type PickNumber } from './support/damage.ts';
import { ginkgo1, ginkgo2Parallel, ginkgo2Verbose } from './support/logs.ts';

const rounds = 1000;

function makeJunit(): Buffer {
  const cases = Array.from(
    { length: 40 },
    (_, number) =>
      `<testcase name="[It] [sig-node] test ${number} &#34;é&#34; [Conformance]" classname="suite" status="passed" time="${number}">` +
      `${number % 5 === 0 ? `<failure message="" type="failed">[FAILED] expected ${number}\nat a.go:1</failure>` : ''}</testcase>\n`,
  );
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="suite" tests="40"><properties><property name="DryRun" value="false"/></properties>
${cases.join('')}</testsuite></testsuites>`);
}

function damageOften(bytes: Buffer, pick: PickNumber): Buffer {
  let damaged = bytes;
  for (let count = 1 + pick(3); count > 0; count -= 1) damaged = damage(damaged, pick);
  return damaged;
}

/** Text that a report keeps, in characters. */
function measure({ tests, suiteNodes, suites }: JunitReport): number {
  return JSON.stringify([tests, suiteNodes, suites.map(({ properties }) => [...properties])]).length;
}

test('damaged JUnit is read or refused with its place, whatever the chunks', async () => {
  const pick = createPicker();
  const whole = makeJunit();
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const bytes = damageOften(whole, pick);
    const [atOnce, inChunks] = await Promise.all(
      [bytes, cutIntoChunks(bytes, pick, 500)].map((input) => readJunit(input).catch((error: unknown) => error)),
    );
    if (atOnce instanceof Error) {
      expect(atOnce).toBeInstanceOf(ConformanceError);
      expect(atOnce).toMatchObject({ place: { line: expect.any(Number), column: expect.any(Number) } });
      expect(inChunks).toBeInstanceOf(ConformanceError);
      outcomes.refused += 1;
      continue;
    }
    expect(inChunks).toEqual(atOnce);
    const report = atOnce as JunitReport;
    expect(report.counts).toEqual(countStates(report.tests));
    expect(measure(report)).toBeLessThan(20 * bytes.length);
    outcomes.read += 1;
  }
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(rounds / 20);
});

test('a damaged log is read to its end, whatever the chunks', async () => {
  const pick = createPicker();
  for (let round = 0; round < rounds; round += 1) {
    const bytes = damageOften(Buffer.from([ginkgo1, ginkgo2Parallel, ginkgo2Verbose][round % 3] ?? ''), pick);
    const atOnce = await readSuiteLog(bytes);
    expect(await readSuiteLog(cutIntoChunks(bytes, pick, 200))).toEqual(atOnce);
    expect(JSON.stringify(atOnce).length).toBeLessThan(2 * bytes.length + 2000);
  }
});
