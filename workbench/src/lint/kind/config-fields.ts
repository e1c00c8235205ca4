import { closest, distance } from 'fastest-levenshtein';
import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';

type Shape =
  | 'text'
  | 'number'
  | 'switch'
  | { readonly oneOf: readonly string[] }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const patches: Record<string, Shape> = {
  kubeadmConfigPatches: { list: 'text' },
  kubeadmConfigPatchesJSON6902: {
    list: { fields: { group: 'text', version: 'text', kind: 'text', patch: 'text' } },
  },
};

const node: Shape = {
  fields: {
    role: { oneOf: ['control-plane', 'worker'] },
    image: 'text',
    labels: { map: 'text' },
    extraMounts: {
      list: {
        fields: {
          containerPath: 'text',
          hostPath: 'text',
          readOnly: 'switch',
          selinuxRelabel: 'switch',
          propagation: { oneOf: ['None', 'HostToContainer', 'Bidirectional'] },
        },
      },
    },
    extraPortMappings: {
      list: {
        fields: {
          containerPort: 'number',
          hostPort: 'number',
          listenAddress: 'text',
          protocol: { oneOf: ['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp'] },
        },
      },
    },
    ...patches,
  },
};

/** Of kind v0.33 (pkg/apis/config/v1alpha4/types.go). */
const cluster: Shape = {
  fields: {
    kind: 'text',
    apiVersion: 'text',
    name: 'text',
    nodes: { list: node },
    networking: {
      fields: {
        ipFamily: { oneOf: ['ipv4', 'ipv6', 'dual'] },
        apiServerPort: 'number',
        apiServerAddress: 'text',
        podSubnet: 'text',
        serviceSubnet: 'text',
        disableDefaultCNI: 'switch',
        kubeProxyMode: { oneOf: ['iptables', 'ipvs', 'nftables', 'none'] },
        dnsSearch: { list: 'text' },
      },
    },
    featureGates: { map: 'switch' },
    runtimeConfig: { map: 'text' },
    containerdConfigPatches: { list: 'text' },
    containerdConfigPatchesJSON6902: { list: 'text' },
    ...patches,
  },
};

/**
 * Reports what kind does not take: it decodes strictly, and makes no cluster from a configuration with a field too many.
 *
 * @returns whether it takes the configuration
 */
export function checkConfigFields(config: YamlNode, reportTo: Report): boolean {
  let isTaken = true;
  const report: Report = (...finding) => {
    isTaken = false;
    reportTo(...finding);
  };
  check(config, 'A kind configuration', cluster, report);
  const name = config.get('name');
  if (name?.text && !/^[a-z0-9.-]+$/.test(name.text)) {
    const message = `'${name.text}' cannot be the name of a cluster: small letters, digits, dots and dashes can.`;
    report('error', 'bad-value', name.line, message);
  }
  return isTaken;
}

function check(found: YamlNode, what: string, shape: Shape, report: Report): void {
  const { value, line } = found;
  if (value === null) return;
  const wrong = (wanted: string): void => {
    const message = `${what} has to be ${wanted}, and is ${describe(value)}: kind makes no cluster from this.`;
    report('error', 'wrong-type', line, message);
  };
  if (shape === 'text') {
    if (typeof value === 'object') wrong("a text; for several lines begin it with '|'");
  } else if (shape === 'number') {
    if (!Number.isInteger(value)) wrong('a whole number');
  } else if (shape === 'switch') {
    if (typeof value !== 'boolean' && !/^(yes|no|on|off|y|n)$/i.test(String(value))) wrong('true or false');
  } else if ('list' in shape) {
    if (!Array.isArray(value)) wrong('a list');
    for (const item of found.items()) check(item, `An element of ${what}`, shape.list, report);
  } else if ('map' in shape || 'fields' in shape) {
    if (typeof value !== 'object' || Array.isArray(value)) wrong('a mapping');
    for (const { key, line: at, node: inner } of found.entries()) {
      const innerShape = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      if (innerShape === undefined) reportUnknown(key, what, Object.keys('fields' in shape ? shape.fields : {}), at);
      else check(inner, key, innerShape, report);
    }
  } else if (value !== '' && !shape.oneOf.includes(String(value))) {
    report('error', 'bad-value', line, `${what} takes ${shape.oneOf.join(', ')}, not '${String(value)}'.`);
  }

  function reportUnknown(key: string, where: string, known: readonly string[], at: number): void {
    const nearest = closest(key, known);
    const isNear = distance(key.toLowerCase(), nearest.toLowerCase()) <= 3;
    const way = isNear ? `Did you mean '${nearest}'?` : `It has: ${known.join(', ')}.`;
    const message = `${where} has no field '${key}', and kind makes no cluster from one with fields that it does not know. ${way}`;
    report('error', 'unknown-field', at, message);
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `'${String(value)}'`;
}
