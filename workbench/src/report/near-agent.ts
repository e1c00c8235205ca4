/** What is said of an agent that was meant to be a test agent and is none, so that its hits are none of a test. */
export function describeNearAgent(agent: string): string {
  const shown = agent.length > 100 ? `${agent.slice(0, 100)}…` : agent;
  return `'${shown}' is not a test agent, so its hits count for no live test: these begin with 'live-test', e2e tests with 'e2e.test/', exactly so.`;
}
