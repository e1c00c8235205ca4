import { existsSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { planRun } from '../../src/e2e-suite/plan.ts';
import { containerNeeds, slowSpecs } from '../../src/e2e-suite/real-containers.ts';
import type { Spec } from '../../src/e2e-suite/spec.ts';

const data = new URL('../../../../shared/data/conformance/', import.meta.url);
const hasData = existsSync(data);
if (!hasData) console.log('The list of specs is not compared with conformance.yaml: ../shared/data does not exist.');

/** The conformance specs of a release. */
function readSpecs(minor: string): Spec[] {
  const tests = load(readFileSync(new URL(`conformance-v${minor}.yaml`, data), 'utf8')) as {
    codename: string;
    file: string;
  }[];
  return tests.map(({ codename, file }) => ({ name: codename, file, isSerial: false }));
}

const has = (specs: readonly Spec[], file: string, part: string): boolean =>
  specs.some(
    (spec) => (file.endsWith('/') ? spec.file.startsWith(file) : spec.file === file) && spec.name.includes(part),
  );

test.skipIf(!hasData)('each entry is of a conformance spec of 1.36 or 1.37', () => {
  const specs = ['1.36', '1.37'].flatMap(readSpecs);
  const parts = containerNeeds.flatMap(({ file, only = [], except = [] }) =>
    ['', ...only, ...except].map((part) => ({ file, part })),
  );
  expect(parts.filter(({ file, part }) => !has(specs, file, part))).toEqual([]);
  expect(slowSpecs.filter(({ file, only }) => !has(readSpecs('1.36'), file, only))).toEqual([]);
  expect(slowSpecs.filter(({ file, only }) => !has(readSpecs('1.37'), file, only))).toEqual([]);
});

test.skipIf(!hasData).each([
  ['1.36', 210, 236],
  ['1.37', 216, 246],
])('of the conformance specs of %s, %i run on simulated nodes', (minor, run, leftOut) => {
  const usual = { parallel: 1, simulated: true, all: false, hasKubectl: true, passed: new Set<string>() };
  const plan = planRun({ ...usual, specs: readSpecs(minor) });
  expect(plan.batches.reduce((sum, { specs }) => sum + specs.length, 0)).toBe(run);
  expect(plan.leftOut).toHaveLength(leftOut);
});
