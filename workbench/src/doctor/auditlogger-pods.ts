import { sendRaw } from '../audited-cluster/raw-request.ts';
import { openClusterApi } from '../kind/cluster-api.ts';
import { findProblems } from '../kind/problems.ts';
import { readKindState } from '../kind/state.ts';
import { notChecked, ok, skipped, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { StationInput, StationResult } from './station.ts';

/** As manifests/ deploys it. */
const path = '/api/v1/pods?limit=50&labelSelector=app.kubernetes.io%2Fname%3Dauditlogger';
const requestTimeoutMs = 10_000;

interface Pod {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly message?: string }[];
  };
}

/** Checks the Pods of the auditlogger: their readiness probe requests `/readyz`. */
export async function checkAuditloggerPods({ options, facts, signal }: StationInput): Promise<StationResult> {
  const { target, access, cluster } = facts;
  if (!target || !access || !cluster) return onlyFinding(notChecked('the cluster gave no version'));
  const unknown = 'its address is known only with the sink kubeconfig: --sink FILE';
  const answer = await sendRaw(access, { path, timeoutMs: requestTimeoutMs, maxBytes: 16 << 20, signal });
  if (answer.status !== 200) return onlyFinding(skipped(unknown));
  const list: { readonly items?: readonly Pod[] } | null = JSON.parse(answer.body);
  const pods = list?.items ?? [];
  const problems = await findKindProblems(options.stateFolder, target.kind);
  const found = [...problems, ...pods.flatMap(checkPod)];
  if (found.length > 0) return { findings: found };
  if (pods.length === 0) return onlyFinding(skipped(`the cluster has no Pod of it, and ${unknown}`));
  return onlyFinding(ok(`ready: ${pods.map(describePod).join(', ')}`));
}

async function findKindProblems(stateFolder: string, kind: string): Promise<Finding[]> {
  const state = kind === 'kind' ? readKindState(stateFolder) : null;
  if (state === null) return [];
  const problems = await findProblems(openClusterApi(state), state.name);
  return problems.map(({ sentence, advice }) => wrong('kind_problem', { why: sentence }, advice));
}

function checkPod(pod: Pod): Finding[] {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  return [wrong('auditlogger_pod', { pod: describePod(pod), why: ready?.message || 'no reason given' })];
}

function describePod({ metadata }: Pod): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}
