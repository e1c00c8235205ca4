import type { AgentReader } from './audit-event.ts';
import { type Agent, readAgent, type TestFinder } from './test-agent.ts';

const rememberedAgents = 2000;
/** The API server cuts them at 1024 bytes and marks the cut: a longer one was made up, and is read anew each time. */
const longestRemembered = 1100;

export interface RememberingAgentReader {
  read: AgentReader;
  /** Says which tests names that were cut may belong to. */
  useTests(findTest: TestFinder): void;
}

/** A sender has few agents and sends them with every event. */
export function createAgentReader(): RememberingAgentReader {
  const remembered = new Map<string, Agent>();
  let findTest: TestFinder | undefined;
  return {
    read(userAgent) {
      const before = remembered.get(userAgent);
      if (before) return before;
      const agent = readAgent(userAgent, findTest);
      if (userAgent.length > longestRemembered) return agent;
      if (remembered.size >= rememberedAgents) remembered.clear();
      remembered.set(userAgent, agent);
      return agent;
    },
    useTests(finder) {
      findTest = finder;
      remembered.clear();
    },
  };
}
