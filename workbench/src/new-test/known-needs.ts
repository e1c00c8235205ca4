import { createCa, createCertificateRequest } from '../sink/certificates.ts';
import { Expression, objectName, testNamespace } from './draft.ts';
import type { Draft, DraftFields } from './draft.ts';
import { anyImage } from './schema-body.ts';
import type { ServedKind } from './served-kinds.ts';
import { placeholder } from './source-text.ts';

/** What no schema says about a kind. */
export interface KnownNeed {
  /** Fields of the body. */
  readonly body?: DraftFields | (() => Promise<DraftFields>);
  /** Names other than `<label>-1` and `<label>-2`; the expressions use `label` and the constants of `setup`. */
  readonly names?: ObjectNames;
  /** Fields of the condition that a patch of the status sets. */
  readonly condition?: DraftFields;
  /** Fields of the status that such a patch sets. */
  readonly status?: DraftFields;
  /** Lines of the first step before and after the creation. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** The creation needs what only the test creates, so it cannot be tried. */
  readonly isUntried?: boolean;
  /** Why, as a comment in the written test. */
  readonly reason: string;
}

/** The names of the two objects of a test. */
export interface ObjectNames {
  /** Lines before. */
  readonly setup: readonly string[];
  readonly first: Expression;
  readonly second: Expression;
}

/** A name around `<label>-1`. */
function nameAround(before: string, after: string): ObjectNames {
  const create = (number: number): Expression =>
    new Expression(`\`${before}\${label}-${number}${after}\``, ({ label }) => `${before}${label}-${number}${after}`);
  return { setup: [], first: create(1), second: create(2) };
}

const matchLabels = { 'live-test': 'template' };
const podTemplate = {
  metadata: { labels: matchLabels },
  spec: { containers: [{ name: 'live-test', image: anyImage }] },
};
const workload: KnownNeed = {
  body: { spec: { selector: { matchLabels }, template: podTemplate } },
  reason: 'its selector must match the labels of its template',
};
const roleBinding: KnownNeed = {
  body: { roleRef: { apiGroup: 'rbac.authorization.k8s.io' } },
  reason: 'the generated class requires the group; the role need not exist',
};
const match = {
  resourceRules: [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['things'] }],
};
const mutation = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } };
const domain = '.example.com';
const bundleDays = 3650;

function container(cpu: string): DraftFields {
  return { name: 'live-test', image: anyImage, resources: { requests: { cpu } } };
}

const emptySpec: KnownNeed = { body: { spec: {} }, reason: 'the generated class requires a spec' };

/** By resource and group, for all versions. */
const needs: Readonly<Record<string, KnownNeed>> = {
  'daemonsets.apps': workload,
  'deployments.apps': workload,
  'replicasets.apps': workload,
  'statefulsets.apps': workload,
  'pods.': {
    body: { spec: { containers: [container('1m')] } },
    reason: 'a resize must not change the class of service, which requests determine',
  },
  'bindings.': {
    body: { metadata: { name: objectName }, target: { kind: 'Node', name: 'live-test' } },
    before: [
      `    const containers = [{ name: 'live-test', image: '${anyImage}' }];`,
      "    const pod = { metadata: { name }, spec: { schedulerName: 'live-test', containers } };",
      '    await core.createNamespacedPod({ namespace, body: pod });',
    ],
    after: ['    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });'],
    isUntried: true,
    reason: 'it binds a Pod that no scheduler touches to a node that does not exist',
  },
  'events.': {
    body: { involvedObject: { namespace: testNamespace } },
    reason: 'the object must be in the namespace of the Event',
  },
  'persistentvolumeclaims.': {
    body: { spec: { resources: { requests: { storage: '1Gi' } } } },
    reason: 'the server names the field spec.resources[storage], which does not exist',
  },
  'persistentvolumes.': {
    body: { spec: { capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/live-test' } } },
    reason: 'it needs the source of one kind of volume',
  },
  'apiservices.apiregistration.k8s.io': {
    body: {
      spec: {
        group: new Expression("name.replace('v1.', '')", (names) => names.name.replace('v1.', '')),
        version: 'v1',
      },
    },
    names: nameAround('v1.', domain),
    reason: 'its name is version.group; without a service it needs no server',
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    body: {
      spec: {
        group: domain.slice(1),
        names: {
          plural: new Expression(`name.replace('${domain}', '')`, (names) => names.name.replace(domain, '')),
          kind: 'LiveTest',
        },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    },
    names: nameAround('', domain),
    reason: 'its name is plural.group, and one version must be stored',
  },
  'horizontalpodautoscalers.autoscaling': {
    body: { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'live-test' } } },
    reason: 'it needs the group of a kind that can be scaled; the object need not exist',
  },
  'cronjobs.batch': { body: { spec: { schedule: '0 0 1 1 *' } }, reason: 'it needs a schedule: once a year' },
  'certificatesigningrequests.certificates.k8s.io': {
    body: async () => ({
      spec: {
        request: btoa((await createCertificateRequest('live-test')).pem),
        signerName: 'example.com/live-test',
        usages: ['client auth'],
      },
    }),
    reason: 'the server verifies the signature of the request; its key was discarded',
  },
  'clustertrustbundles.certificates.k8s.io': {
    body: async () => ({ spec: { trustBundle: (await createCa(bundleDays, 'live-test')).certificate } }),
    reason: 'the server parses the certificate of the CA; its key was discarded',
  },
  'podcertificaterequests.certificates.k8s.io': {
    condition: { type: 'Denied' },
    body: async () => ({
      spec: { signerName: 'example.com/live-test', stubPKCS10Request: (await createCertificateRequest('')).der },
    }),
    reason: 'the server verifies the signature of the request; its key was discarded',
  },
  'ingresses.networking.k8s.io': {
    body: { spec: { defaultBackend: { service: { name: 'live-test', port: { number: 80 } } } } },
    reason: 'it needs a backend; the Service need not exist',
  },
  'rolebindings.rbac.authorization.k8s.io': roleBinding,
  'clusterrolebindings.rbac.authorization.k8s.io': roleBinding,
  'endpointslices.discovery.k8s.io': {
    body: { addressType: 'IPv4', endpoints: [] },
    reason: 'the generated class requires endpoints; FQDN is deprecated',
  },
  'priorityclasses.scheduling.k8s.io': { body: { value: 1 }, reason: 'the generated class requires a value' },
  'controllerrevisions.apps': { body: { revision: 1 }, reason: 'the generated class requires a revision' },
  'deviceclasses.resource.k8s.io': emptySpec,
  'resourceclaims.resource.k8s.io': emptySpec,
  'resourceclaimtemplates.resource.k8s.io': {
    body: { spec: { spec: {} } },
    reason: 'the generated class requires a spec and the claim in it',
  },
  'resourcepoolstatusrequests.resource.k8s.io': {
    status: { poolCount: 0 },
    reason: 'a status has the number of pools',
  },
  'leasecandidates.coordination.k8s.io': {
    body: { spec: { strategy: 'OldestEmulationVersion', binaryVersion: '1.0.0', emulationVersion: '1.0.0' } },
    reason: 'the server names the field spec.strategy.strategy, which does not exist; versions are semantic',
  },
  'events.events.k8s.io': {
    body: {
      regarding: { namespace: testNamespace },
      reportingController: 'example.com/live-test',
      reportingInstance: 'live-test',
      action: 'test',
      reason: 'LiveTest',
      type: 'Normal',
    },
    reason: 'the object must be in the namespace of the Event, and the controller has a qualified name',
  },
  'ingressclasses.networking.k8s.io': {
    body: { spec: { controller: 'example.com/live-test' } },
    reason: 'a controller has a name with a domain',
  },
  'ipaddresses.networking.k8s.io': {
    names: {
      setup: ['const octet = 1 + Math.floor(Math.random() * 250);'],
      first: new Expression(`\`198.51.100.${placeholder('octet')}\``, () => '198.51.100.1'),
      second: new Expression(`\`198.51.100.${placeholder('octet + 1')}\``, () => '198.51.100.2'),
    },
    body: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'live-test' } } },
    reason: 'its name is an address; this range is for documentation (RFC 5737)',
  },
  'servicecidrs.networking.k8s.io': {
    body: { spec: { cidrs: ['2001:db8::/64'] } },
    reason: 'it needs a range; Services of a cluster with IPv4 get no address of this one (RFC 3849)',
  },
  'mutatingadmissionpolicies.admissionregistration.k8s.io': {
    body: { spec: { matchConstraints: match, mutations: [mutation], reinvocationPolicy: 'Never' } },
    reason: 'its expression is CEL; without a binding it changes nothing',
  },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    body: { spec: { matchConstraints: match, validations: [{ expression: 'true' }] } },
    reason: 'its expression is CEL; without a binding it refuses nothing',
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    body: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
    reason: "only the level 'exempt' may be Exempt",
  },
  'storageversions.internal.apiserver.k8s.io': {
    names: nameAround('example.com.', ''),
    body: { spec: {}, status: {} },
    reason: 'its name is group.resource, and the generated class requires a status',
  },
  'volumeattachments.storage.k8s.io': {
    body: { spec: { source: { persistentVolumeName: 'live-test' } } },
    reason: 'the server does not mark the fields of which it needs one',
  },
  'localsubjectaccessreviews.authorization.k8s.io': {
    body: {
      spec: { user: 'live-test', resourceAttributes: { namespace: testNamespace, verb: 'get', resource: 'pods' } },
    },
    reason: 'the attributes must be of the namespace of the review',
  },
  'subjectaccessreviews.authorization.k8s.io': {
    body: { spec: { user: 'live-test', resourceAttributes: { verb: 'get', resource: 'pods' } } },
    reason: 'it needs attributes to check',
  },
  'selfsubjectaccessreviews.authorization.k8s.io': {
    body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    reason: 'it needs attributes to check',
  },
  'selfsubjectrulesreviews.authorization.k8s.io': {
    body: { spec: { namespace: 'default' } },
    reason: 'the server answers for one namespace',
  },
};

/** @returns undefined: the schema and the server's causes say all */
export function findKnownNeed({ path, resource }: Pick<ServedKind, 'path' | 'resource'>): KnownNeed | undefined {
  const key = `${resource}.${path.group}`;
  return Object.hasOwn(needs, key) ? needs[key] : undefined;
}

/** `<label>-1` and `<label>-2`. */
export const usualNames = nameAround('', '');

/** The constant of a step that creates another object. */
const other = new Expression('other', (names) => names.name);

const condition = {
  type: 'Approved',
  status: 'True',
  reason: 'LiveTest',
  message: 'set by a live test',
};

/** Bodies of patches and creations of subresources, where an annotation does not do. */
export const subresourceBodies: Readonly<Record<string, Draft>> = {
  scale: { spec: { replicas: 0 } },
  approval: { status: { conditions: [condition] } },
  ephemeralcontainers: { spec: { ephemeralContainers: [{ name: 'live-test-debug', image: anyImage }] } },
  resize: {
    spec: { containers: [container('2m')] },
  },
  token: { spec: { audiences: [] } },
  eviction: { metadata: { name: other } },
  binding: { metadata: { name: other }, target: { kind: 'Node', name: 'live-test' } },
};

/** Subresources that no written step calls, with the reason. */
export const openSubresources: Readonly<Record<string, string>> = {
  attach: 'needs a process that runs in a container',
  exec: 'needs a program that runs in a container',
  portforward: 'needs a container that listens on a port',
  proxy: 'needs a server behind it that answers the method',
  log: 'needs a container that runs, on a node',
};
