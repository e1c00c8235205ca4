import type { GateAnswer } from './answer.ts';
import type { GateFacts } from './facts.ts';
import { countMinors } from './minors.ts';
import { quoteWord } from '../output/quote-word.ts';
import type { Proof } from './proof.ts';

type UnprovenTest = GateAnswer['unprovenTests'][number];

/**
 * Finds the conformance tests of this change that no source of hits has seen, in the order of the list. If the list of the
 * previous commit is not known: those of this release.
 */
export function findUnprovenTests({ current, conformance }: GateFacts, proof: Proof): UnprovenTest[] {
  return (conformance?.entries ?? [])
    .filter(({ added, promotedIn }) => added ?? countMinors(promotedIn, current.source.release) === 0)
    .filter(({ codename }) => !proof.hasSeen(codename))
    .map(({ codename, file, line }) => ({ codename, file, line }));
}

/** Leaves a folder that --hits takes; run.json in it has the commit of the cluster. */
const auditRun =
  'snoop audit-run --kubeconfig "$KUBECONFIG" --out proof -- e2e.test --provider=skeleton --report-dir={report}';

/** A command with more than this does not fit a terminal, nor some shells. */
const most = { tests: 20, characters: 4096 };

/**
 * Writes the command that runs tests: all by name, else by file, else all conformance tests. null: there are none.
 *
 * Ginkgo matches `--ginkgo.focus` with the description of the suite, a blank and the name (onsi/ginkgo
 * internal/focus.go), so the beginning of a name cannot be anchored.
 */
export function writeProof(tests: readonly UnprovenTest[]): string | null {
  if (tests.length === 0) return null;
  const byName = writeCommand([['focus', `(${tests.map(({ codename }) => escapePattern(codename)).join('|')})$`]]);
  if (tests.length <= most.tests && byName.length <= most.characters) return byName;
  const all: Flag = ['focus', escapePattern('[Conformance]')];
  const files = [...new Set(tests.map(({ file }) => file))].sort();
  const byFile = writeCommand([...files.map((file): Flag => ['focus-file', `${escapePattern(file ?? '')}$`]), all]);
  return files.includes(null) || byFile.length > most.characters ? writeCommand([all]) : byFile;
}

type Flag = readonly [name: string, pattern: string];

function writeCommand(flags: readonly Flag[]): string {
  const words = flags.map(([name, pattern]) => `--ginkgo.${name}=${quoteWord(pattern)}`);
  return [auditRun, ...words].join(' ');
}

/** Escapes what Go's regexp/syntax gives a meaning. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}
