/** Explains that an agent resembles a test agent but does not count as one. */
export function describeNearAgent(agent: string): string {
  const shown = agent.length > 100 ? `${agent.slice(0, 100)}…` : agent;
  return `'${shown}' is not a test agent, so its hits belong to no test. Test agents begin with 'live-test' or 'e2e.test/', in lower case.`;
}
