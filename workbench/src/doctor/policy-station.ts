import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { chooseWait } from './probe-round.ts';
import type { ArrivedProbe, ProbeRound } from './probe-round.ts';
import { onlyFinding } from './station.ts';
import type { Station } from './station.ts';

/** Batches of events are sent side by side, and may overtake each other. */
const leastGraceMs = 2_000;

/** Which kinds of requests and which stages the audit policy leaves out, as far as probes show. */
export const policyStation: Station = {
  name: 'policy',
  limitMs: (options, facts) => 2 * chooseWait(options, facts) + 10_000,
  async check({ options, facts, signal }) {
    const { probes } = facts;
    if (!probes) return onlyFinding(notChecked('no probe request was recorded'));
    const { round, last } = probes;
    const isComplete = (): boolean => round.sent.every((probe) => isEnded(round.find(probe)));
    // What was sent before the last one arrives at about the same time, if at all.
    const isLastSeen = (): boolean => isComplete() || (last !== null && round.find(last) !== undefined);
    const waitMs = chooseWait(options, facts);
    await round.waitUntil(isLastSeen, waitMs, signal);
    const graceMs = Math.min(waitMs, Math.max(leastGraceMs, ...round.arrived.map(({ latencyMs }) => latencyMs)));
    await round.waitUntil(isComplete, graceMs, signal);
    return { findings: compare(round) };
  },
};

function compare(round: ProbeRound): Finding[] {
  const missing = round.sent.filter((probe) => !round.find(probe)).map(({ kind }) => kind.name);
  const findings: Finding[] = [];
  if (missing.length > 0) findings.push(wrong('policy_requests', { requests: [...new Set(missing)].join(', ') }));
  if (round.arrived.length > 0 && !round.arrived.some((one) => hasStage(one, 'ResponseComplete'))) {
    findings.push(wrong('policy_stages', { stage: 'ResponseComplete', effect: 'no request has a result' }));
  }
  const watches = round.arrived.filter(({ probe }) => probe.kind.isWatch === true && probe.status === 200);
  if (watches.length > 0 && !watches.some((one) => hasStage(one, 'ResponseStarted'))) {
    const effect = 'a watch is recorded only when it ends';
    findings.push(wrong('policy_stages', { stage: 'ResponseStarted', effect }));
  }
  if (findings.length > 0) return findings;
  const kinds = new Set(round.sent.map(({ kind }) => kind.name));
  return [ok(`all ${kinds.size} kinds of probe requests are recorded: ${[...kinds].join(', ')}`)];
}

function isEnded(arrived: ArrivedProbe | undefined): boolean {
  if (!arrived) return false;
  const { kind, status } = arrived.probe;
  // The stage of a watch arrives when it starts, in an earlier batch than its end.
  const isWatching = kind.isWatch === true && status === 200;
  return hasStage(arrived, 'ResponseComplete') && (!isWatching || hasStage(arrived, 'ResponseStarted'));
}

function hasStage({ events }: ArrivedProbe, stage: string): boolean {
  return events.some((event) => event.stage === stage);
}
