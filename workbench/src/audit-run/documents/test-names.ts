import vm from 'node:vm';
import { wrongUse } from '../../errors.ts';

/** What a user agent says about tests. */
export interface NamedAgent {
  /** Whether it is a test. */
  readonly isTest: boolean;
  /** The name of the test; null: it has none. */
  readonly test: string | null;
}

/** The API server truncates agents at 1,024 bytes; senders of other events may not. */
const maxCharacters = 1_100;
const maxPattern = 1_000;
/** Longer names cannot be read from a coverage file. */
const maxNameBytes = 2_000;
const separator = ' -- ';
/** Agents are chosen by others: with many patterns there are texts that take years. */
const limitMs = 1_000;
const maxTimeouts = 3;
const example = "For example: --test-agent '^my-suite/'";
/** A pattern that matches these has no tests, but everything. */
const components = ['', 'kubelet/v1.36.0', 'kube-controller-manager/v1.36.0', 'kube-apiserver/v1.36.0'];

/** The pattern of --test-agent: which agents are tests, besides those of e2e.test, and their names. */
export class AgentPattern {
  /** What made its answers wrong, as sentences. */
  readonly problems: string[] = [];
  readonly #pattern: RegExp;
  readonly #group: string | number | null;
  readonly #context = vm.createContext({ pattern: null, agent: '', found: null });
  readonly #script = new vm.Script('found = pattern.exec(agent)');
  #timeouts = 0;
  #last: { readonly agent: string; readonly named: NamedAgent } | null = null;

  /** @throws SnoopError `wrong_use` if it is not a regular expression, matches everything, or its group is ambiguous */
  constructor(source: string) {
    if (source.length > maxPattern) {
      throw wrongUse(`--test-agent has ${source.length} characters; the limit is ${maxPattern}.`, example);
    }
    this.#pattern = compile(source);
    this.#group = chooseGroup(source);
    this.#context.pattern = this.#pattern;
    const component = components.find((agent) => this.#match(agent) !== null);
    if (component !== undefined) {
      const what = component === '' ? 'every user agent' : `the user agent ${component}`;
      throw wrongUse(`--test-agent '${source}' matches ${what}, so clients that are not tests would count.`, example);
    }
  }

  /** Reads the test of an agent. The rows of a run are sorted by agent, so the last answer is kept. */
  read(agent: string): NamedAgent {
    if (this.#last?.agent !== agent) this.#last = { agent, named: this.#readAgain(agent) };
    return this.#last.named;
  }

  #readAgain(agent: string): NamedAgent {
    const found = this.#match(agent);
    if (found === null) return { isTest: false, test: null };
    const at = agent.indexOf(separator);
    const rest = at < 0 ? '' : agent.slice(at + separator.length);
    const name = this.#group === null ? rest : typeof this.#group === 'string' ? found.groups?.[this.#group] : found[1];
    return { isTest: true, test: name?.trim() || rest.trim() || null };
  }

  #match(agent: string): RegExpExecArray | null {
    if (this.#timeouts >= maxTimeouts) return null;
    this.#context.agent = agent.slice(0, maxCharacters);
    try {
      return this.#script.runInContext(this.#context, { timeout: limitMs }) as RegExpExecArray | null;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      this.#timeouts += 1;
      this.problems.push(describeTimeout(this.#pattern, agent, this.#timeouts));
      return null;
    }
  }
}

/** By its code: an error of another context is not an instance of this one's Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function describeTimeout({ source }: RegExp, agent: string, timeouts: number): string {
  const what = `--test-agent '${source}' takes longer than ${limitMs / 1_000} s for the user agent '${agent.slice(0, 60)}…', which does not count as a test.`;
  if (timeouts < maxTimeouts) return what;
  return `${what} All later agents were not matched either. Use a pattern without nested repetition.`;
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    throw wrongUse(`--test-agent '${source}' is not a regular expression.`, example);
  }
}

/** @returns the group with the name of the test: `test`, else the only one; null: there is no group */
function chooseGroup(source: string): string | number | null {
  // The empty alternative matches, and shows all groups.
  const shown = new RegExp(`${source}|`, 'u').exec('');
  if (shown?.groups !== undefined && 'test' in shown.groups) return 'test';
  const groups = (shown?.length ?? 1) - 1;
  if (groups < 2) return groups === 1 ? 1 : null;
  throw wrongUse(
    `--test-agent '${source}' has ${groups} groups, and it is unknown which one is the name of the test.`,
    'Call it (?<test>…), or write the others as (?:…).',
  );
}

/**
 * Reads the test of an agent: of an e2e test what SnoopDB read, of another agent that matches the pattern the pattern's
 * group, or else what follows the first ` -- `.
 *
 * @param hits.test the test that SnoopDB read from the agent
 */
export function nameAgent(
  { agent, isTest, test }: { readonly agent: string; readonly isTest: boolean; readonly test: string | null },
  pattern: AgentPattern | null,
): NamedAgent {
  const named = isTest ? { isTest, test } : (pattern?.read(agent) ?? { isTest: false, test: null });
  const isReadable = named.test === null || Buffer.byteLength(named.test) <= maxNameBytes;
  return isReadable ? named : { ...named, test: null };
}

/** Cuts an agent that is longer than any of an API server, and copies it: a part of a string keeps the whole in memory. */
export function shortenAgent(agent: string): string {
  return agent.length <= maxCharacters ? agent : Buffer.from(agent.slice(0, maxCharacters)).toString();
}
