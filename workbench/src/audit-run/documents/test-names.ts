/** What a user agent says about tests. */
export interface NamedAgent {
  /** Whether it is a test. */
  readonly isTest: boolean;
  /** The name of the test; null: it has none. */
  readonly test: string | null;
}

/** The API server truncates agents at 1,024 bytes; senders of other events may not. */
const maxCharacters = 1_100;
const separator = ' -- ';

/**
 * Reads the test of an agent: of an e2e test what SnoopDB read, of another agent that matches the pattern of --test-agent
 * the pattern's first group, or else what follows the first ` -- `.
 *
 * @param hits.test the test that SnoopDB read from the agent
 */
export function nameAgent(
  { agent, isTest, test }: { readonly agent: string; readonly isTest: boolean; readonly test: string | null },
  pattern: RegExp | null,
): NamedAgent {
  if (isTest) return { isTest, test };
  const found = pattern?.exec(agent.slice(0, maxCharacters)) ?? null;
  if (found === null) return { isTest: false, test: null };
  const group = found[1]?.trim();
  if (group) return { isTest: true, test: group };
  const at = agent.indexOf(separator);
  const rest = at < 0 ? '' : agent.slice(at + separator.length).trim();
  return { isTest: true, test: rest === '' ? null : rest };
}
