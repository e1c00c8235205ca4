import type { Spec } from './spec.ts';

export interface SuiteArguments {
  readonly suite: string;
  readonly specs: readonly Spec[];
  /** Whether no container runs on the nodes. */
  readonly simulated: boolean;
  readonly reportFolder: string;
  /** The number of the batch, for its JUnit. */
  readonly batch: number;
}

/** The arguments of e2e.test to run exactly these specs; the cluster is that of KUBECONFIG. */
export function listSuiteArguments({ suite, specs, simulated, reportFolder, batch }: SuiteArguments): string[] {
  return [
    '--provider=skeleton',
    '--disable-log-dump',
    `--report-dir=${reportFolder}`,
    `--report-prefix=${nameBatch(batch)}_`,
    // kube-system has no Pods; nodes that specs create stay NotReady.
    ...(simulated ? ['--allowed-not-ready-nodes=-1', '--minStartupPods=0'] : []),
    // Ginkgo's own limit is an hour.
    '--ginkgo.timeout=24h',
    // The same order in every run.
    '--ginkgo.seed=1',
    '--ginkgo.no-color',
    ...specs.map(({ name }) => `--ginkgo.focus=^${escapePattern(`${suite} ${name}`)}$`),
  ];
}

/** The number of a batch in the names of its files. */
export function nameBatch(number: number): string {
  return String(number).padStart(3, '0');
}

/** For Go's regular expressions, which do not know every escape of JavaScript's. */
function escapePattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
