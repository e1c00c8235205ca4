import type { AgentReader } from './audit-event.ts';
import { type Agent, readAgent, type TestFinder } from './test-agent.ts';

const maxAgents = 2000;
/** The API server truncates agents at 1024 bytes; longer ones were made up and are not cached. */
const maxAgentLength = 1100;

export interface CachingAgentReader {
  read: AgentReader;
  /** Sets the tests that complete truncated names. */
  setTestFinder(findTest: TestFinder): void;
}

/** A reader that caches: a sender has few agents and sends them with every event. */
export function createAgentReader(): CachingAgentReader {
  const remembered = new Map<string, Agent>();
  let findTest: TestFinder | undefined;
  return {
    read(userAgent) {
      const before = remembered.get(userAgent);
      if (before) return before;
      const agent = readAgent(userAgent, findTest);
      if (userAgent.length > maxAgentLength) return agent;
      if (remembered.size >= maxAgents) remembered.clear();
      remembered.set(userAgent, agent);
      return agent;
    },
    setTestFinder(finder) {
      findTest = finder;
      remembered.clear();
    },
  };
}
