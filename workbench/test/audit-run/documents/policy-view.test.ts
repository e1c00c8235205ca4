import { readShippedOperations } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { readPolicyView } from '../../../src/audit-run/documents/policy-view.ts';
import { auditPolicy } from '../../../src/sink/policy.ts';

const all = (await readShippedOperations('1.36.0')) ?? [];
const few = new Set([
  ...['getCodeVersion', 'getAppsAPIGroup', 'listCoreV1Node', 'readCoreV1Node', 'listCoreV1NamespacedSecret'],
  ...['deleteCoreV1CollectionNamespacedSecret', 'createCoreV1NamespacedSecret', 'readCoreV1NamespacedSecret'],
  ...['readCoreV1NamespacedPodLog', 'connectCoreV1GetNamespacedPodExec', 'readCoreV1NamespacedPod'],
]);

function see(policy: string, operations = all.filter(({ endpoint }) => few.has(endpoint))) {
  const { hidden, partly } = readPolicyView(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${policy}`, operations);
  const join = (list: typeof hidden): string[] => list.map(({ endpoint, reason }) => `${endpoint}: ${reason}`);
  return { hidden: join(hidden), partly: join(partly) };
}

test('the policy of our own clusters hides nothing', () => {
  expect(all.length).toBeGreaterThan(900);
  expect(readPolicyView(auditPolicy, all)).toEqual({ hidden: [], partly: [] });
});

describe('rules with level None', () => {
  test('hide a resource but not its subresources', () => {
    expect(
      see('rules:\n- {level: None, resources: [{group: "", resources: [pods, nodes]}]}\n- level: Metadata'),
    ).toEqual({
      hidden: [
        'listCoreV1Node: rule 1 has level None',
        'readCoreV1NamespacedPod: rule 1 has level None',
        'readCoreV1Node: rule 1 has level None',
      ],
      partly: [],
    });
  });

  test.each([
    ['pods/*', ['connectCoreV1GetNamespacedPodExec', 'readCoreV1NamespacedPod', 'readCoreV1NamespacedPodLog']],
    ['"*/log"', ['readCoreV1NamespacedPodLog']],
    ['pods/exec', ['connectCoreV1GetNamespacedPodExec']],
  ])('match %s', (resource, expected) => {
    const { hidden } = see(
      `rules:\n- {level: None, resources: [{group: "*", resources: [${resource}]}]}\n- level: Metadata`,
    );
    expect(hidden.map((one) => one.split(':')[0])).toEqual(expected);
  });

  test('hide discovery by its path', () => {
    expect(see('rules:\n- {level: None, nonResourceURLs: [/version, "/apis/*"]}\n- level: Metadata')).toEqual({
      hidden: ['getAppsAPIGroup: rule 1 has level None'],
      // Clients may request it with a slash.
      partly: ['getCodeVersion: rule 1 has level None'],
    });
  });

  test('that an earlier rule precedes hide nothing', () => {
    expect(see('rules:\n- level: Metadata\n- level: None')).toEqual({ hidden: [], partly: [] });
  });

  test.each([
    ['users: [jane]', ['readCoreV1NamespacedSecret']],
    ['userGroups: ["system:masters"]', ['readCoreV1NamespacedSecret']],
    ['namespaces: [kube-system]', ['readCoreV1NamespacedSecret']],
    ['users: ["system:kube-proxy"]', []],
    ['users: [jane], userGroups: ["system:nodes"]', []],
  ])('for %s hide some requests', (selector, expected) => {
    const policy = `rules:\n- {level: None, ${selector}, verbs: [get], resources: [{group: "", resources: [secrets]}]}\n- level: Metadata`;
    const { hidden, partly } = see(policy);
    expect(hidden).toEqual([]);
    expect(partly.map((one) => one.split(':')[0])).toEqual(expected);
  });

  test('for names of objects hide some requests, and none without a name', () => {
    const resources = 'resources: [{group: "", resources: [secrets], resourceNames: [token]}]';
    expect(see(`rules:\n- {level: None, ${resources}}\n- level: Metadata`)).toEqual({
      hidden: [],
      partly: ['readCoreV1NamespacedSecret: rule 1 has level None'],
    });
  });

  test('for watches leave the list', () => {
    const { hidden, partly } = see('rules:\n- {level: None, verbs: [watch, deletecollection]}\n- level: Metadata');
    expect(hidden).toEqual(['deleteCoreV1CollectionNamespacedSecret: rule 1 has level None']);
    expect(partly).toEqual([
      'listCoreV1NamespacedSecret: rule 1 has level None',
      'listCoreV1Node: rule 1 has level None',
    ]);
  });
});

test('what no rule matches is hidden', () => {
  const { hidden } = see('rules:\n- {level: Metadata, resources: [{group: "", resources: ["*"]}]}');
  expect(hidden).toEqual([
    'getAppsAPIGroup: no rule matches, so the level is None',
    'getCodeVersion: no rule matches, so the level is None',
  ]);
});

describe('omitted stages', () => {
  const none = (endpoint: string, where: string) =>
    `${endpoint}: ${where} omits the stage ResponseComplete, so there is no response code`;

  test('without ResponseComplete there is no response code but for long requests', () => {
    const { hidden, partly } = see('omitStages: [ResponseComplete]\nrules:\n- level: Metadata');
    expect(hidden).toContain(none('readCoreV1NamespacedSecret', 'the policy'));
    // Although its watches show.
    expect(hidden).toContain(none('listCoreV1Node', 'the policy'));
    expect(hidden.join()).not.toMatch(/PodLog|PodExec/);
    expect(hidden).toHaveLength(few.size - 2);
    expect(partly).toEqual([]);
  });

  test('of one rule count for what it matches', () => {
    const rule =
      '{level: Request, omitStages: [ResponseComplete, ResponseStarted], resources: [{group: "", resources: [pods/log]}]}';
    expect(see(`rules:\n- ${rule}\n- level: Metadata`).hidden).toEqual([none('readCoreV1NamespacedPodLog', 'rule 1')]);
  });

  test('ResponseStarted and RequestReceived hide nothing at the end', () => {
    expect(see('omitStages: [RequestReceived, ResponseStarted]\nrules:\n- level: Metadata').hidden).toEqual([]);
  });
});

/** cluster/gce/gci/configure-helper.sh of kubernetes/kubernetes (Apache-2.0), which CI jobs run with; shortened. */
const gce = `rules:
  - level: None
    users: ["system:kube-proxy"]
    verbs: ["watch"]
    resources: [{group: "", resources: ["endpoints", "services", "services/status"]}]
  - level: None
    userGroups: ["system:nodes"]
    verbs: ["get"]
    resources: [{group: "", resources: ["nodes", "nodes/status"]}]
  - level: None
    users: [system:kube-controller-manager, system:kube-scheduler, system:serviceaccount:kube-system:endpoint-controller]
    verbs: ["get", "update"]
    namespaces: ["kube-system"]
    resources: [{group: "", resources: ["endpoints"]}]
  - level: None
    users: ["system:apiserver"]
    verbs: ["get"]
    resources: [{group: "", resources: ["namespaces", "namespaces/status", "namespaces/finalize"]}]
  - level: None
    users: ["cluster-autoscaler"]
    verbs: ["get", "update"]
    namespaces: ["kube-system"]
    resources: [{group: "", resources: ["configmaps", "endpoints"]}]
  - level: None
    nonResourceURLs: ["/healthz*", "/version", "/swagger*"]
  - level: None
    resources: [{group: "", resources: ["events"]}]
  - level: Metadata
    resources: [{group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"]}]
    omitStages: ["RequestReceived"]
  - level: Request
    verbs: ["get", "list", "watch"]
    resources: [{group: ""}, {group: "apps"}]
    omitStages: ["RequestReceived"]
  - level: Metadata
    omitStages: ["RequestReceived"]
`;

test("the policy of Kubernetes' GCE clusters hides events of the core group", () => {
  expect(see(gce, all)).toMatchInlineSnapshot(`
    {
      "hidden": [
        "createCoreV1NamespacedEvent: rule 7 has level None",
        "deleteCoreV1CollectionNamespacedEvent: rule 7 has level None",
        "deleteCoreV1NamespacedEvent: rule 7 has level None",
        "listCoreV1EventForAllNamespaces: rule 7 has level None",
        "listCoreV1NamespacedEvent: rule 7 has level None",
        "patchCoreV1NamespacedEvent: rule 7 has level None",
        "readCoreV1NamespacedEvent: rule 7 has level None",
        "replaceCoreV1NamespacedEvent: rule 7 has level None",
      ],
      "partly": [
        "getCodeVersion: rule 6 has level None",
      ],
    }
  `);
});

describe('a text is no policy', () => {
  test.each([
    ['{', 'It is not YAML.'],
    ['', 'It is not one YAML document.'],
    ['kind: Policy\napiVersion: audit.k8s.io/v1beta1\nrules: []', 'It is not an audit policy'],
    ['kind: Policy\napiVersion: audit.k8s.io/v1\nrules: []', 'It has no rules'],
  ])('%j', (text, message) => {
    expect(() => readPolicyView(text, all)).toThrow(message);
  });
});
