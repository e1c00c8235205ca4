import { checkFields } from '../fields.ts';
import type { Report, Severity } from '../finding.ts';
import { isForAllUsers, coverAllRequests, type PolicyRule, readRule, shadows } from './policy-rule.ts';
import type { YamlNode } from '../yaml-node.ts';

const policyFields = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const selectors = ['users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs'];
const ruleFields = ['level', ...selectors, 'omitStages', 'omitManagedFields'];
const resourceFields = ['group', 'resources', 'resourceNames'];

/**
 * Finds what hides requests in an audit policy. The apiserver accepts unknown fields, which are reported; what it
 * does not start with is not checked (k8s.io/apiserver/pkg/apis/audit/validation).
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export function checkPolicy(node: YamlNode, report: Report): void {
  checkFields(node, 'An audit policy', policyFields, report, explainStages);
  checkOmittedStages(node.get('omitStages'), report);
  const rules = (node.get('rules')?.items() ?? []).map((rule, index) => readRule(rule, index + 1));
  for (const rule of rules) checkRule(rule, report);
  checkOrder(rules, report);
  const last = rules.at(-1);
  if (last !== undefined && !coverAllRequests(rules)) {
    const message = "Requests that match no rule are not recorded. End the rules with '- level: Metadata'.";
    report('error', 'no-catch-all', last.node.line, message);
  }
}

function explainStages(key: string): string | null {
  if (key !== 'stages') return null;
  return " Every stage is sent, except those in omitStages: 'omitStages: [RequestReceived]'.";
}

/** What omitting a stage hides, and how bad that is. */
const hiddenBy: ReadonlyMap<string | null, readonly [Severity, string]> = new Map([
  ['ResponseComplete', ['error', 'every request except watches and the like, and all response codes']],
  ['ResponseStarted', ['warning', 'watches, followed logs and execs until they end, perhaps hours later']],
  ['Panic', ['warning', 'requests that crash in the apiserver']],
]);

function checkOmittedStages(node: YamlNode | null, report: Report): void {
  for (const { text, line } of node?.items() ?? []) {
    const [severity, what] = hiddenBy.get(text) ?? [];
    if (severity === undefined) continue;
    report(severity, 'hidden-stage', line, `omitStages ${text} hides ${what}. Omit RequestReceived alone.`);
  }
}

function checkRule(rule: PolicyRule, report: Report): void {
  const { node, number, level } = rule;
  const line = node.get('level')?.line ?? node.line;
  checkFields(node, `Rule ${number}`, ruleFields, report, explainStages);
  checkOmittedStages(node.get('omitStages'), report);
  for (const resource of node.get('resources')?.items() ?? []) {
    checkFields(resource, `A resource of rule ${number}`, resourceFields, report);
  }
  if (level === 'None') checkHidden(rule, line, report);
  if (level === 'Request' || level === 'RequestResponse') {
    const message =
      `Rule ${number} records bodies: Secrets get into the log, and a batch can be tens of megabytes. ` +
      "'level: Metadata' is enough to see which endpoints are hit.";
    report('warning', 'bodies', line, message);
  }
}

/** Paths of probes, which no test is about. */
const probes = /^\/(healthz|livez|readyz|metrics)(\*|\/|$)/;

function checkHidden(rule: PolicyRule, line: number, report: Report): void {
  const what = `Rule ${rule.number} (level None) hides ${describeMatched(rule)}`;
  const { nonResourceUrls } = rule;
  if (nonResourceUrls.length > 0 && nonResourceUrls.every((url) => probes.test(url))) {
    report('note', 'hidden', line, `${what}. That is common; these are not API endpoints.`);
  } else if (nonResourceUrls.length > 0) {
    const way = 'Remove the rule, or name only probes such as /healthz*.';
    report('warning', 'hidden', line, `${what}: they look as if they were never called. ${way}`);
  } else if (isForAllUsers(rule)) {
    const way = "Remove the rule, or use 'level: Metadata'.";
    report('error', 'hidden', line, `${what}: their endpoints look as if they were never called. ${way}`);
  } else {
    const way = 'Remove the rule, unless this is intended.';
    report(
      'warning',
      'hidden',
      line,
      `${what}: endpoints that only these clients call look as if they were never called. ${way}`,
    );
  }
}

function describeMatched({ users, userGroups, verbs, namespaces, resources, nonResourceUrls }: PolicyRule): string {
  const names = resources.flatMap(({ group, resources: of }) =>
    (of.length === 0 ? ['everything'] : of).map((one) => (group === '' ? one : `${one}.${group}`)),
  );
  const what = names.length > 0 ? names : nonResourceUrls;
  return [
    what.length > 0 ? shorten(what) : 'every request',
    ...(verbs.length > 0 ? [`(${shorten(verbs)})`] : []),
    ...(namespaces.length > 0 ? [`in ${shorten(namespaces)}`] : []),
    ...(users.length + userGroups.length > 0 ? [`by ${shorten([...users, ...userGroups])}`] : []),
  ].join(' ');
}

function shorten(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

function checkOrder(rules: readonly PolicyRule[], report: Report): void {
  for (const [index, later] of rules.entries()) {
    const earlier = rules.slice(0, index).find((rule) => shadows(rule, later));
    if (earlier === undefined) continue;
    const severity = earlier.level === 'None' && later.level !== 'None' ? 'error' : 'warning';
    const message =
      `Rule ${later.number} is never reached: rule ${earlier.number} (line ${earlier.node.line}, level ${earlier.level}) matches all of it, and the first matching rule decides. ` +
      `Put it before rule ${earlier.number}, or remove it.`;
    report(severity, 'shadowed', later.node.line, message);
  }
}
