import type { TestFailure } from '../results/test-result.ts';
import { cut } from '../text.ts';

const lineCharacters = 500;

/** Lines before the one that says what failed: code locations of Ginkgo 1, and what `go test` prints around a test. */
const isPreamble = /^(?:\S+\.go:\d+:?|=== (?:RUN|PAUSE|CONT|NAME)\b.*|--- FAIL:.*)$/;

/**
 * Describes a failure by the attribute `message` and the text of its element. Ginkgo 2 repeats the first in the second,
 * Kubernetes leaves it empty, and gotestsum writes `Failed`.
 */
export function describeFailure(kind: string, attribute: string, text: string, messageCharacters: number): TestFailure {
  const content = text.trim();
  const summary = /^(?:failed)?$/i.test(attribute.trim()) || content.includes(attribute.trim()) ? '' : attribute.trim();
  const message = [summary, content].filter((part) => part !== '').join('\n') || attribute.trim();
  const lines = message.split('\n', 100).map((line) => line.trim().replace(/^\[[A-Z]{4,}!?\] ?/, ''));
  const firstLine = lines.find((line) => line !== '' && !isPreamble.test(line)) ?? lines[0] ?? '';
  return {
    kind,
    firstLine: cut(firstLine, lineCharacters),
    message: cut(message, messageCharacters),
  };
}
