import { checkFields, listTexts } from '../fields.ts';
import type { Report } from '../finding.ts';
import { isForEverybody, isForResources, leaveNothing, type PolicyRule, readRule, shadows } from './policy-rule.ts';
import type { YamlNode } from '../yaml-node.ts';

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const policyFields = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const selectors = ['users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs'];
const ruleFields = ['level', ...selectors, 'omitStages', 'omitManagedFields'];
const resourceFields = ['group', 'resources', 'resourceNames'];

/**
 * Finds what hides requests in an audit policy.
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export function checkPolicy(node: YamlNode, report: Report): void {
  const version = node.get('apiVersion');
  if (version?.text !== 'audit.k8s.io/v1') {
    report(
      'error',
      'policy-version',
      version?.line ?? node.line,
      `The apiserver does not start with the apiVersion '${String(version?.value)}'. Write audit.k8s.io/v1.`,
    );
  }
  checkFields(node, 'An audit policy', policyFields, report, explainStages);
  checkOmittedStages(node.get('omitStages'), report);
  const rules = (node.get('rules')?.items() ?? []).map((rule, index) => readRule(rule, index + 1));
  if (rules.length === 0) {
    const line = node.get('rules')?.line ?? node.line;
    report(
      'error',
      'no-rules',
      line,
      "The apiserver does not start with a policy without rules. Give it one: '- level: Metadata'.",
    );
    return;
  }
  for (const rule of rules) checkRule(rule, report);
  checkOrder(rules, report);
  if (!leaveNothing(rules)) {
    report(
      'error',
      'no-catch-all',
      rules.at(-1)?.node.line ?? null,
      "No rule takes what the others leave: requests that none of them matches are not recorded. End the rules with '- level: Metadata'.",
    );
  }
}

function explainStages(key: string): string | null {
  if (key !== 'stages') return null;
  return " Every stage is sent. Stages are chosen by leaving some out: 'omitStages: [RequestReceived]'.";
}

function checkOmittedStages(node: YamlNode | null, report: Report): void {
  for (const { text, value, line } of node?.items() ?? []) {
    if (text === 'ResponseComplete') {
      const message =
        'omitStages ResponseComplete hides every request that is not a watch or the like, and all response codes. Omit RequestReceived alone.';
      report('error', 'hidden-stage', line, message);
    } else if (text === 'ResponseStarted') {
      const message =
        'omitStages ResponseStarted hides watches, followed logs and execs until they end, perhaps hours later. Omit RequestReceived alone.';
      report('warning', 'hidden-stage', line, message);
    } else if (text === 'Panic') {
      report(
        'warning',
        'hidden-stage',
        line,
        'omitStages Panic hides requests that crash in the apiserver. Omit RequestReceived alone.',
      );
    } else if (text === null || !stages.includes(text)) {
      const message = `There is no stage '${String(value)}', and the apiserver does not start with it. Stages: ${stages.join(', ')}.`;
      report('error', 'unknown-stage', line, message);
    }
  }
}

function checkRule(rule: PolicyRule, report: Report): void {
  const { node, number, level } = rule;
  const line = node.get('level')?.line ?? node.line;
  checkFields(node, `Rule ${number}`, ruleFields, report, explainStages);
  checkOmittedStages(node.get('omitStages'), report);
  if (!levels.includes(level)) {
    const found = node.get('level') === null ? 'has no level' : `has the level '${String(node.get('level')?.value)}'`;
    const message = `Rule ${number} ${found}, and the apiserver does not start with it. Levels: ${levels.join(', ')}.`;
    report('error', 'unknown-level', line, message);
  }
  checkSelectors(rule, report);
  if (level === 'None') checkHidden(rule, line, report);
  if (level === 'Request' || level === 'RequestResponse') {
    const message =
      `Rule ${number} records bodies: Secrets come into the log, and a batch can be tens of megabytes. ` +
      "Which endpoints are hit, 'level: Metadata' says as well.";
    report('warning', 'bodies', line, message);
  }
}

/** A DNS subdomain. */
const groupName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** What the apiserver refuses (k8s.io/apiserver/pkg/apis/audit/validation). */
function checkSelectors(rule: PolicyRule, report: Report): void {
  const { node, number, nonResourceUrls } = rule;
  for (const key of selectors) {
    const selector = node.get(key);
    if (selector === null || selector.value === null || Array.isArray(selector.value)) continue;
    report(
      'error',
      'not-a-list',
      selector.line,
      `Rule ${number}: ${key} wants a list, and the apiserver does not start without.`,
    );
  }
  if (nonResourceUrls.length > 0 && isForResources(rule)) {
    const message = `Rule ${number} chooses by nonResourceURLs and by resources or namespaces; the apiserver does not start with both. Make two rules of it.`;
    report('error', 'mixed-rule', node.line, message);
  }
  for (const { text, line } of node.get('nonResourceURLs')?.items() ?? []) {
    if (text === null || text === '*' || (text.startsWith('/') && !text.slice(0, -1).includes('*'))) continue;
    const message = `Rule ${number}: '${text}' is no path that the apiserver starts with: it begins with '/', and '*' stands at its end only.`;
    report('error', 'bad-path', line, message);
  }
  for (const one of node.get('resources')?.items() ?? []) {
    checkFields(one, `A resource of rule ${number}`, resourceFields, report);
    const group = one.get('group');
    const names = listTexts(one.get('resourceNames'));
    if (group?.text === '*') {
      const message = `Rule ${number}: the group '*' is known to Kubernetes 1.36 and later; an older apiserver does not start with it.`;
      report('warning', 'any-group', group.line, message);
    } else if (group?.text && !groupName.test(group.text)) {
      const way = group.text.includes('/') ? ` Write '${group.text.split('/')[0]}', without the version.` : '';
      const message = `Rule ${number}: no API group can be called '${group.text}', and the apiserver does not start with it.${way}`;
      report('error', 'bad-group', group.line, message);
    }
    if (names.length > 0 && listTexts(one.get('resources')).length === 0) {
      const message = `Rule ${number}: resourceNames want resources beside them; the apiserver does not start without.`;
      report('error', 'names-alone', one.line, message);
    }
  }
}

/** Paths of probes, which no test is about. */
const probes = /^\/(healthz|livez|readyz|metrics)(\*|\/|$)/;

function checkHidden(rule: PolicyRule, line: number, report: Report): void {
  const what = `Rule ${rule.number} (level None) hides ${describeMatched(rule)}`;
  const { nonResourceUrls } = rule;
  if (nonResourceUrls.length > 0) {
    if (nonResourceUrls.every((url) => probes.test(url))) {
      report('note', 'hidden', line, `${what}. That is usual, and no endpoint of the API.`);
    } else {
      report(
        'warning',
        'hidden',
        line,
        `${what}: they look as if nobody called them. Let the rule go, or name only probes such as /healthz*.`,
      );
    }
  } else if (isForEverybody(rule)) {
    report(
      'error',
      'hidden',
      line,
      `${what}: their endpoints look as if nobody called them. Let the rule go, or write 'level: Metadata'.`,
    );
  } else {
    const message = `${what}: what these clients call looks as if nobody called it. Let the rule go, unless you mean that.`;
    report('warning', 'hidden', line, message);
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
    const earlier = rules.slice(0, index).find((one) => shadows(one, later));
    if (earlier === undefined) continue;
    const isHiding = earlier.level === 'None' && later.level !== 'None';
    report(
      isHiding ? 'error' : 'warning',
      'shadowed',
      later.node.line,
      `Rule ${later.number} is never reached: rule ${earlier.number} (line ${earlier.node.line}, level ${earlier.level}) takes all of it, and the first that matches decides. ` +
        `Put it before rule ${earlier.number}, or let it go.`,
    );
  }
}
