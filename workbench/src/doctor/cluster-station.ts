import { parseClusterVersion } from '../audited-cluster/cluster-version.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { RawResponse } from '../audited-cluster/raw-request.ts';
import { explainConnection } from './connection-error.ts';
import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { ClockDifference, Station } from './station.ts';

/** A cluster behind a firewall may never answer. */
const requestTimeoutMs = 15_000;

/** Whether the cluster answers, with its version. */
export const clusterStation: Station = {
  name: 'cluster',
  limitMs: () => requestTimeoutMs + 5_000,
  async check({ facts: { target, access }, signal }) {
    if (!target || !access) return onlyFinding(notChecked('no kubeconfig with credentials was found'));
    const { server, user } = target;
    const sentAt = Date.now();
    let answer: RawResponse;
    try {
      answer = await sendRaw(access, { path: '/version', timeoutMs: requestTimeoutMs, signal, maxBytes: 1 << 20 });
    } catch (error) {
      signal.throwIfAborted();
      return onlyFinding(explain(server, error));
    }
    const answeredAt = Date.now();
    const { status } = answer;
    if (status === 401) return onlyFinding(wrong('credentials_refused', { server, user }));
    const version = readVersion(answer);
    if (version === null) return onlyFinding(wrong('not_kubernetes', { server, status }));
    const clock = compareClock(answer.headers.date, sentAt, answeredAt);
    return {
      findings: [ok(`${server} answers: Kubernetes ${version}, in ${answeredAt - sentAt} ms`)],
      facts: { cluster: { version, clock } },
    };
  },
};

function explain(server: string, error: unknown): Finding {
  const { kind, why } = explainConnection(error);
  if (kind === 'dates') return wrong('server_certificate_dates', { server, why });
  return wrong(kind === 'certificate' ? 'server_certificate' : 'cluster_away', { server, why });
}

function readVersion(answer: RawResponse): string | null {
  try {
    return parseClusterVersion(answer);
  } catch {
    return null;
  }
}

/** The header has whole seconds, rounded down. */
function compareClock(date: string | undefined, sentAt: number, answeredAt: number): ClockDifference | null {
  const at = Date.parse(date ?? '');
  if (Number.isNaN(at)) return null;
  return { aheadMs: at + 500 - (sentAt + answeredAt) / 2, uncertainMs: 500 + (answeredAt - sentAt) / 2 };
}
