import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess, RawResponse } from '../audited-cluster/raw-request.ts';
import { createLayout } from '../control-plane/layout.ts';
import { SnoopError } from '../errors.ts';
import { parseAuditloggerState } from '../evidence/auditlogger-state.ts';
import type { AuditloggerState, SpoolBacklog } from '../evidence/auditlogger-state.ts';
import { checkSinkFiles } from '../lint/audit/check-files.ts';
import { formatAge, formatBytes } from '../output/quantities.ts';
import { resolve } from 'node:path';
import { checkAuditloggerPods } from './auditlogger-pods.ts';
import { explainConnection } from './connection-error.ts';
import { ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { Station, StationInput, StationResult } from './station.ts';

/** An auditlogger checks its database first, which takes up to two seconds. */
const requestTimeoutMs = 10_000;
const maxBytes = 1 << 20;
/** An auditlogger stores nothing for it, and checks the sender first. */
const emptyList = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [] };

/**
 * Whether the auditlogger accepts events with the credentials of the sink kubeconfig. Without one, whether its Pods are
 * ready.
 */
export const auditloggerStation: Station = {
  name: 'auditlogger',
  limitMs: () => 3 * requestTimeoutMs,
  async check(input) {
    const { options, facts } = input;
    const file =
      options.sink !== undefined
        ? resolve(options.cwd, options.sink)
        : facts.target?.kind === 'local'
          ? createLayout(options.stateFolder).auditSink
          : null;
    return file === null ? checkAuditloggerPods(input) : checkSink(input, file);
  },
};

async function checkSink({ secrets, signal }: StationInput, file: string): Promise<StationResult> {
  let server: URL;
  let access: ClusterAccess;
  let root: ClusterAccess;
  const choice = { files: [file], context: null };
  try {
    const { cluster, users } = readKubeconfig(choice);
    for (const { token, password, keyData } of users) for (const one of [token, password, keyData]) secrets.add(one);
    server = new URL(cluster.server);
    access = openOwnKubeConfig(choice);
    root = openOwnKubeConfig(choice, { server: server.origin });
    await access.applyToHTTPSOptions({});
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    return onlyFinding(wrong('sink_unusable', { file, why: error.message }));
  }
  const errors = checkSinkFiles([file]).findings.filter(({ severity }) => severity === 'error');
  const faults = errors.map(({ message }) => wrong('sink_fault', { file, why: message }));
  const url = server.origin;
  const send = (to: ClusterAccess, path: string, body?: unknown): Promise<RawResponse> =>
    sendRaw(to, {
      path,
      ...(body !== undefined && { method: 'POST', body }),
      headers: { Accept: 'application/json' },
      ...{ timeoutMs: requestTimeoutMs, maxBytes, signal },
    });
  try {
    const answers = { root: await send(root, '/'), ready: await send(root, '/readyz') };
    const version = /^auditlogger (\S+):/.exec(answers.root.body)?.[1];
    const state = readState(answers.ready);
    if (version === undefined || state === null) {
      return { findings: [...faults, wrong('auditlogger_other', { url, status: answers.root.status })] };
    }
    const found = [
      ...faults,
      ...checkAnswer(url, await send(access, '', emptyList), state.trouble !== null),
      ...(state.trouble === null ? [] : [wrong('auditlogger_not_ready', { url, why: state.trouble })]),
      ...checkSpool(state.spool),
    ];
    const sentence = `${url} is ready, and accepts the credentials of ${file}${describeSpool(state.spool)}`;
    return { findings: found.length > 0 ? found : [ok(sentence)], facts: { auditloggerVersion: version } };
  } catch (error) {
    signal.throwIfAborted();
    const { kind, why } = explainConnection(error);
    const fault = kind === 'other' ? 'auditlogger_away' : 'auditlogger_certificate';
    return { findings: [...faults, wrong(fault, { url, why })] };
  }
}

function readState(answer: RawResponse): AuditloggerState | null {
  try {
    return parseAuditloggerState(answer);
  } catch {
    return null;
  }
}

/** @param isDown whether `/readyz` already reported that it can store nothing, so that 503 is expected */
function checkAnswer(url: string, { status, body }: RawResponse, isDown: boolean): Finding[] {
  if (status === 200 || (isDown && (status === 503 || status === 429))) return [];
  if (status === 401 || status === 403) return [wrong('auditlogger_refuses', { url, status })];
  return [wrong('auditlogger_rejects', { url, status, why: body.slice(0, 200).trim() || 'no reason given' })];
}

function checkSpool(spool: SpoolBacklog | null): Finding[] {
  if (spool === null) return [];
  const { bodies, bytes, reason, refused, broken } = spool;
  return [
    ...(bodies > 0 && reason !== null ? [wrong('spool_waits', { bodies, size: formatBytes(bytes), why: reason })] : []),
    ...(refused === null ? [] : [wrong('spool_refused', { bodies: refused.bodies, why: refused.reason })]),
    ...(broken === null || broken.files === 0 ? [] : [wrong('spool_broken', broken)]),
  ];
}

function describeSpool(spool: SpoolBacklog | null): string {
  if (spool === null) return '; it has no spool';
  const { bodies, oldestAt } = spool;
  const age = oldestAt === null ? '' : `, the oldest for ${formatAge(Math.max(0, Date.now() - oldestAt) / 1000)}`;
  return `; ${bodies} bodies in its spool${age}`;
}
