import { expect } from 'vitest';
import type { Way } from './breakages.ts';
import type { FileRole } from './made-files.ts';
import type { GateRun } from './run-gate.ts';

/** How a gate may end with a broken source if not with 3, and why that is not more lenient. */
const exceptions: Readonly<
  Partial<Record<`${FileRole}: ${Way}`, readonly [exitCodes: readonly number[], why: string]>>
> = {
  'previous: half of its entries': [[0, 1], 'more endpoints are new, and all of them must be tested'],
  'pending: empty': [[1], 'an empty list is legal: its endpoint is a gap then'],
  'pending: blank': [[1], 'an empty list is legal: its endpoint is a gap then'],
  'pending: half of its entries': [[1], 'the endpoint that it lost is a gap'],
  'pending: null': [[1], 'an empty list is legal: its endpoint is a gap then'],
  'conformance: half of its entries': [[0, 3], 'the list only names tests: whether a hit counts is in the hits'],
};

/** Expects that a gate refuses a broken source, names it, and tells the way out. */
export function expectRefusal(run: GateRun, broken: `${FileRole}: ${Way}`, name: string): void {
  const [exitCodes] = exceptions[broken] ?? [[3]];
  expect(exitCodes, describeRun(run)).toContain(run.exitCode);
  if (run.exitCode !== 3) return;
  const reasons = run.answer === null ? [run.stderr] : run.answer.doubts;
  const ours = reasons.filter((reason) => reason.includes(name));
  expect(ours.length, describeRun(run)).toBeGreaterThan(0);
  // The last sentence is the way out.
  for (const reason of ours) expect(reason).toMatch(/(?:[.:?] |\n {2})(?:[A-Z][^.]+|git .+|get the whole file)/);
}

export function describeRun({ exitCode, answer, stderr }: GateRun): string {
  if (answer === null) return `${exitCode} ${stderr}`;
  return [`${exitCode} ${answer.verdict}`, ...answer.doubts, ...answer.gaps.map(({ endpoint }) => endpoint)].join('\n');
}
