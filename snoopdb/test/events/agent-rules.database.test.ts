import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAgent } from '../../src/events/test-agent.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

// Test agents are recognized in TypeScript when events arrive, and in SQL when hits are checked: by one rule.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const agents = [
  'e2e.test',
  'e2e.test/v1.36.0 (linux/amd64) kubernetes/abc -- [sig-node] Pods [Conformance]',
  'e2e.test/v1 -- a -- b',
  'e2e.test -- a',
  'e2e.testing/v1 -- a',
  'e2e.tests -- a',
  'my e2e.test/v1 -- a',
  'live-test-writing',
  'live-test-writing -- a -- b',
  'live-testing/2 -- c',
  'livenessprobe/1.0 -- d',
  'Live-test-writing -- e',
  'kubectl/v1.36.0 -- f',
  '',
  ' -- g',
];

test.each(agents)('%j', async (userAgent) => {
  const agent = readAgent(userAgent);
  const isLive = agent.isLive ?? false;
  const found = await database.pool.query(
    `select testing.agent_name($1) as name, testing.is_e2e_agent($1) as e2e, testing.other_agent($1) as other`,
    [userAgent],
  );
  expect(found.rows).toEqual([
    {
      name: agent.name,
      e2e: agent.testHit,
      other: agent.testHit ? 'e2e.test/other' : isLive ? 'live-test-other' : 'other',
    },
  ]);
});
