export interface TestName {
  /** As conformance.yaml has it in `codename`. */
  readonly name: string;
  /** False for what belongs to the whole suite: `[BeforeSuite]`, `[ReportAfterSuite] Kubernetes e2e JUnit report`. */
  readonly isTest: boolean;
}

/** Node types of onsi/ginkgo/v2 `types/types.go` that belong to the suite; Ginkgo 1 writes two of them without brackets. */
const suiteNode =
  /^(?:\[(?:(?:Synchronized)?(?:Before|After)Suite|Report(?:Before|After)Suite|DeferCleanup \(Suite\))\]|(?:Before|After)Suite$)/;

/** The node in which a spec failed: part of a name in the log's list of failures. */
const failedNode =
  /(^| )\[(?:It|Measurement|(?:Just)?(?:Before|After)Each|(?:Before|After)All|Report(?:Before|After)Each|DeferCleanup(?: \((?:Each|All)\))?)\](?: |$)/;

/**
 * Turns a spec's name in a JUnit file into the one in conformance.yaml.
 *
 * Ginkgo 2 (`reporters/junit_report.go`) writes `[It] TEXT [LABELS] [CONSTRAINTS]`, Ginkgo 1 only TEXT. Kubernetes
 * (`test/e2e/framework/internal/junit`) leaves out the labels, `ginkgo --junit-report` does not. Some published files are
 * escaped twice; kubernetes-sigs/verify-conformance (`internal/suite/suite.go`) repairs the same three entities.
 */
export function parseTestName(original: string): TestName {
  const text = original.replace(/&(#39|#34|gt);/g, (_all, entity: string) => entities[entity] ?? '').trim();
  if (suiteNode.test(text)) return { name: text, isTest: false };
  return { name: removeLabels(text.replace(/^\[It\] /, '')), isTest: true };
}

const entities: Readonly<Record<string, string>> = { '#39': "'", '#34': '"', gt: '>' };

/**
 * Turns a name of the log's `Summarizing N Failures` into the one in conformance.yaml.
 *
 * Ginkgo marks the failed node: `… [It] should work [LABELS]`, `… [BeforeEach] should work`, `TOP-LEVEL [AfterEach] …`
 * (onsi/ginkgo/v2 `codeLocationBlock`, Ginkgo 1 `printSpecContext`).
 */
export function parseFailedName(original: string): TestName {
  const text = original.trim();
  if (suiteNode.test(text)) return { name: text, isTest: false };
  const unmarked = text.replace(/^TOP-LEVEL (?=\[)/, '').replace(failedNode, '$1');
  return { name: removeLabels(unmarked.trim()), isTest: true };
}

/** Removes the lists that Ginkgo appends to a spec's text: labels, then version constraints, then those of components. */
export function removeLabels(name: string): string {
  let text = name.endsWith(']]') ? name.replace(componentConstraints, '') : name;
  const constraints = findLastList(text);
  if (/^[<>=!~^]/.test(constraints)) text = removeLastList(text, constraints);
  const labels = findLastList(text);
  return isLabelList(labels, removeLastList(text, labels)) ? removeLastList(text, labels) : text;
}

/** Each label is searched in the whole text; a spec of Kubernetes has fewer than ten. */
const maxLabels = 100;

/** ` [kubelet: [>=1.35], kube-proxy: [>=1.34 <2]]` */
const componentConstraints = / \[[\w.-]+: \[[^[\]]*\](?:, [\w.-]+: \[[^[\]]*\])*\]$/;

/** Finds LIST in `TEXT [LIST]`; empty if there is none. */
function findLastList(text: string): string {
  const start = text.lastIndexOf(' [');
  if (start < 0 || !text.endsWith(']')) return '';
  const list = text.slice(start + ' ['.length, -1);
  return /[[\]]/.test(list) ? '' : list;
}

function removeLastList(text: string, list: string): string {
  return list === '' ? text : text.slice(0, -` [${list}]`.length);
}

/**
 * Whether these are the labels of a spec with this text, and not a tag of the text. Kubernetes also writes each label as a
 * tag, except for BetaOffByDefault, and each spec has the label of its SIG (`test/e2e/framework/ginkgowrapper.go`).
 */
function isLabelList(list: string, text: string): boolean {
  const labels = list.split(', ', maxLabels + 1);
  if (labels.length > maxLabels) return false;
  if (labels.length === 1 && !labels[0]?.startsWith('sig-')) return false;
  return labels.every((label) => label === 'BetaOffByDefault' || text.includes(`[${label}]`));
}
