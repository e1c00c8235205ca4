import { describe, expect, test } from 'vitest';
import { AgentPattern, nameAgent } from '../../../src/audit-run/documents/test-names.ts';

const read = (pattern: string, agent: string) => new AgentPattern(pattern).read(agent);

describe('the name of a test', () => {
  test.each([
    ['mine/1 -- it works', '^mine/', 'it works'],
    ['mine/1 (it works)', '^mine/1 \\((.*)\\)$', 'it works'],
    ['mine/1 (it works) -- more', '^mine/1 \\((?<test>[^)]*)\\)( -- .*)?$', 'it works'],
    ['mine/1 (it works)', '^(?:mine|yours)/1 \\((.*)\\)$', 'it works'],
    // The group takes no part, or is blank.
    ['mine/1 -- it works', '^mine/1(?: \\((.*)\\))?', 'it works'],
    ['mine/1 ( ) -- it works', '^mine/1 \\(( )\\)', 'it works'],
    ['mine/1', '^mine/', null],
    ['mine/1 -- ', '^mine/', null],
  ])('%s with %s', (agent, pattern, name) => {
    expect(read(pattern, agent)).toEqual({ isTest: true, test: name });
  });

  test('of another agent is none', () => {
    expect(read('^mine/', 'other/1 -- it works')).toEqual({ isTest: false, test: null });
  });

  test('of e2e.test does not depend on the pattern', () => {
    const agent = { agent: 'e2e.test/v1 -- [sig] a', isTest: true, test: '[sig] a' };
    expect(nameAgent(agent, new AgentPattern('^e2e[.]test/(v\\d)'))).toEqual({ isTest: true, test: '[sig] a' });
  });
});

describe('a pattern is refused', () => {
  test.each([
    ['(', 'is not a regular expression'],
    ['', 'matches every user agent'],
    ['.*', 'matches every user agent'],
    ['/', 'matches the user agent kubelet/v1.36.0'],
    ['^(mine|yours)/(.*)$', 'has 2 groups, and it is unknown which one is the name of the test'],
    [`^${'a'.repeat(1_000)}`, 'has 1001 characters; the limit is 1000'],
  ])('%.20s: %s', (pattern, message) => {
    expect(() => new AgentPattern(pattern)).toThrow(message);
  });
});

test('a match that would take years ends, and is a problem', () => {
  const pattern = new AgentPattern('^m(a+)+$');
  const agents = Array.from({ length: 5 }, (_, number) => `m${'a'.repeat(100)}!${number}`);
  expect(agents.map((agent) => pattern.read(agent).isTest)).toEqual(Array(5).fill(false));
  expect(pattern.problems).toHaveLength(3);
  expect(pattern.problems[0]).toContain("--test-agent '^m(a+)+$' takes longer than 1 s for the user agent 'maaa");
  expect(pattern.problems[2]).toContain('All later agents were not matched either.');
  expect(pattern.read('maa').isTest).toBe(false);
});
