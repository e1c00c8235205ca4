import { isHealthy } from './ask.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';

export function etcdUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.etcd}`;
}

/** etcd with one member. */
export function describeEtcd(layout: Layout, ports: Ports, program: Program): Part {
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: 'etcd',
    program: program.path,
    args: [
      '--name=snoop',
      `--data-dir=${layout.etcd}`,
      `--listen-client-urls=${etcdUrl(ports)}`,
      `--advertise-client-urls=${etcdUrl(ports)}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=snoop=${peerUrl}`,
      // The data outlive a crash of any process; only a machine that loses power may lose the last writes of this test cluster.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    env: {},
    logFile: layout.log('etcd'),
    isReady: () => isHealthy(`${etcdUrl(ports)}/health`),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 10_000,
  };
}
