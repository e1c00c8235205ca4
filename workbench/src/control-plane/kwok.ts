import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomically } from '@snoop/snoopdb';
import { isHealthy } from '../http-request.ts';
import type { Layout } from './layout.ts';
import type { NodeSettings } from './node-settings.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';

/** kwok runs only nodes with this label: the Nodes that tests create are theirs. */
export const nodeLabel = { key: 'snoop/node', value: 'simulated' } as const;

/**
 * The addresses of Pods: reserved for benchmarks (RFC 2544), so that a request to a Pod's address, as of `pods/proxy`,
 * reaches no server of the user's network.
 */
const podAddresses = '198.18.0.0/15';

/** Its configuration for every state, in YAML. */
const configFolder = new URL('../../nodes/', import.meta.url);
const stagesFile = fileURLToPath(new URL('stages.yaml', configFolder));

/** The kube-apiserver's flags for requests to nodes: logs, attach, exec, port-forward. */
export function listKubeletFlags(layout: Layout): string[] {
  return [
    // Names of nodes resolve to no address.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${layout.partCa}`,
    `--kubelet-client-certificate=${layout.etcdClient.certificate}`,
    `--kubelet-client-key=${layout.etcdClient.key}`,
  ];
}

/** Writes what kwok reads of the state folder: the answers of containers, and one line of their log. */
export function writeKwokConfig(layout: Layout, ports: Ports, { exec }: NodeSettings): void {
  mkdirSync(layout.nodes, { recursive: true, mode: 0o700 });
  const { log, containers, exec: execFile } = locateConfig(layout);
  // The format of a container runtime. The time is now, so that --since finds the line.
  writeFileAtomically(log, `${new Date().toISOString()} stdout F A simulated container of snoop started.\n`);
  writeFileAtomically(containers, fill('containers.yaml', { LOG_FILE: log, POD_PORT: ports.pods }));
  if (exec === null) return;
  writeFileAtomically(
    execFile,
    fill('exec.yaml', { EXEC_FOLDER: exec.folder, EXEC_KEY: exec.key, NOBODY_USER: exec.user }),
  );
}

/** Replaces `__NAME__` by values in JSON, which YAML includes. */
function fill(name: string, values: Readonly<Record<string, string | number>>): string {
  return readFileSync(new URL(name, configFolder), 'utf8').replace(/__([A-Z_]+?)__/g, (word, key: string) =>
    key in values ? JSON.stringify(values[key]) : word,
  );
}

function locateConfig({ nodes }: Layout): Record<'log' | 'containers' | 'exec', string> {
  return {
    log: join(nodes, 'container.log'),
    containers: join(nodes, 'containers.yaml'),
    exec: join(nodes, 'exec.yaml'),
  };
}

/**
 * Describes kwok, which runs the simulated nodes. Its server accepts any client, so what it answers must be harmless
 * without {@link ExecSettings.key}.
 */
export function describeKwok(layout: Layout, ports: Ports, program: Program, { exec }: NodeSettings): Part {
  const address = `127.0.0.1:${ports.kwok}`;
  const files = locateConfig(layout);
  const config = [stagesFile, files.containers, ...(exec === null ? [] : [files.exec])];
  return {
    name: 'kwok',
    program: program.path,
    args: [
      `--kubeconfig=${layout.kwokKubeconfig}`,
      // A list in CSV: a path may contain a comma.
      ...config.map((file) => `--config="${file.replaceAll('"', '""')}"`),
      '--manage-all-nodes=false',
      `--manage-nodes-with-label-selector=${nodeLabel.key}=${nodeLabel.value}`,
      `--cidr=${podAddresses}`,
      '--node-ip=127.0.0.1',
      // As a kubelet's: the Lease is renewed every ten seconds.
      '--node-lease-duration-seconds=40',
      `--node-port=${ports.kubelet}`,
      `--server-address=${address}`,
    ],
    // Programs of exec are looked up with kwok's PATH. Its configuration in the home folder is not read.
    env: { PATH: '', KWOK_WORKDIR: layout.nodes },
    logFile: layout.log('kwok'),
    isReady: () => isHealthy(`http://${address}/healthz`),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 5000,
  };
}
