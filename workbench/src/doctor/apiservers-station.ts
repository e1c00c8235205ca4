import { isIP } from 'node:net';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { explainConnection } from './connection-error.ts';
import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { chooseWait, ProbeRound } from './probe-round.ts';
import type { SentProbe } from './probe-round.ts';
import { onlyFinding } from './station.ts';
import type { Facts, Station } from './station.ts';

const path = '/api/v1/namespaces/default/endpoints/kubernetes';
const requestTimeoutMs = 10_000;
/** A cluster has three or five. */
const maxServers = 20;
/** Pods reach the cluster by this name, so every kube-apiserver's certificate has it. */
const tlsServerName = 'kubernetes.default.svc';

/** Whether each kube-apiserver of the cluster sends its events, by its address. */
export const apiserversStation: Station = {
  name: 'apiservers',
  limitMs: (options, facts) => chooseWait(options, facts) + 60_000,
  async check({ options, facts, signal }) {
    const { target, access, database, probes } = facts;
    if (!target || !access || !database || !probes) return onlyFinding(notChecked('no probe request was recorded'));
    const answer = await sendRaw(access, { path, timeoutMs: requestTimeoutMs, maxBytes: 1 << 20, signal });
    if (answer.status !== 200 && answer.status !== 404) {
      return onlyFinding(notChecked(`the cluster answers ${answer.status} to ${path}`));
    }
    const addresses = answer.status === 404 ? [] : listAddresses(answer.json());
    if (addresses.length <= 1) {
      return onlyFinding(
        ok(`the service kubernetes lists ${addresses[0] ?? 'no address'}: there are no others to check`),
      );
    }
    const round = await ProbeRound.start(database.pool);
    const probed = await Promise.all(
      addresses.slice(0, maxServers).map(async (address) => {
        const own = openOwnKubeConfig(target.kubeconfig, { server: `https://${address}`, tlsServerName });
        try {
          return { address, sent: await round.send(own, probes.arrived.probe.kind, signal), why: '' };
        } catch (error) {
          signal.throwIfAborted();
          return { address, sent: null, why: explainConnection(error).why };
        }
      }),
    );
    const waitMs = chooseWait(options, facts);
    const sent = probed.flatMap((one) => one.sent ?? []).filter(({ status }) => status !== 401);
    await round.waitUntil(() => sent.every((probe) => round.find(probe)), waitMs, signal);
    return {
      findings: probed.map((one) => judge(one, { round, server: target.server, seconds: waitMs / 1000 })),
      facts: { sources: mergeSources(facts, round) },
    };
  },
};

function judge(
  { address, sent, why }: { readonly address: string; readonly sent: SentProbe | null; readonly why: string },
  { round, server, seconds }: { readonly round: ProbeRound; readonly server: string; readonly seconds: number },
): Finding {
  if (!sent) return notChecked(`the kube-apiserver ${address} does not answer here: ${why}`);
  if (sent.status === 401) return wrong('apiserver_refuses', { address, status: sent.status, server });
  const arrived = round.find(sent);
  if (!arrived) return wrong('apiserver_silent', { address, seconds });
  const sources = new Set(arrived.events.map(({ source }) => source));
  return ok(`${address} sends its events, as source ${[...sources].join(', ')}`);
}

function mergeSources({ sources = [] }: Facts, round: ProbeRound): string[] {
  return [...new Set([...sources, ...round.arrived.flatMap(({ events }) => events.map(({ source }) => source))])];
}

interface Endpoints {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip?: string }[];
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  }[];
}

function listAddresses(body: unknown): string[] {
  const { subsets }: Endpoints = typeof body === 'object' && body !== null ? body : {};
  return (subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const port = (ports.find(({ name }) => name === 'https') ?? ports[0])?.port ?? 443;
    return addresses.flatMap(({ ip = '' }) => {
      if (isIP(ip) === 0) return [];
      return [isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`];
    });
  });
}
