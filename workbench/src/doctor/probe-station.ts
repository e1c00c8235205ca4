import { explainConnection } from './connection-error.ts';
import { notChecked, ok, wrong } from './finding.ts';
import { listProbeKinds } from './probe-kinds.ts';
import { chooseWait, ProbeRound } from './probe-round.ts';
import type { SentProbe } from './probe-round.ts';
import { onlyFinding } from './station.ts';
import type { Station } from './station.ts';

const sendWithinMs = 60_000;

/** Sends probe requests, and waits for the first event in SnoopDB. */
export const probeStation: Station = {
  name: 'probe',
  limitMs: (options, facts) => chooseWait(options, facts) + sendWithinMs,
  async check({ options, facts, signal }) {
    const { target, access, cluster, database } = facts;
    if (!target || !access || !cluster) return onlyFinding(notChecked('the cluster gave no version'));
    if (!database) return onlyFinding(notChecked('SnoopDB cannot be used'));
    const { server } = target;
    const round = await ProbeRound.start(database.pool);
    const [main, ...others] = listProbeKinds();
    let sent: SentProbe;
    try {
      sent = await round.send(access, main, signal);
    } catch (error) {
      signal.throwIfAborted();
      return onlyFinding(wrong('probe_unanswered', { server, why: explainConnection(error).why }));
    }
    // A policy may leave out the main one: the others show it. The last one is the main one again, sent after them.
    const rest = Promise.allSettled(others.map((kind) => round.send(access, kind, signal))).then(() =>
      round.send(access, main, signal).catch(() => null),
    );
    const waitMs = chooseWait(options, facts);
    const [isSeen, last] = await Promise.all([round.waitUntil(() => round.arrived.length > 0, waitMs, signal), rest]);
    const arrived = round.find(sent) ?? round.arrived[0];
    if (!isSeen || !arrived) {
      return onlyFinding(wrong('probe_missing', { auditId: sent.auditId, seconds: waitMs / 1000 }));
    }
    const { probe, events, latencyMs } = arrived;
    const [rejected] = events.flatMap((event) => event.rejected ?? []);
    const sources = [...new Set(events.map(({ source }) => source))];
    const known = target.stateCluster?.sources ?? sources;
    const found = { sources: known, probes: { round, arrived, last } };
    if (rejected !== undefined) {
      return { findings: [wrong('probe_rejected', { auditId: probe.auditId, why: rejected })], facts: found };
    }
    const sentence = `${probe.kind.name} (Audit-ID ${probe.auditId}) was in SnoopDB ${Math.round(latencyMs)} ms after its answer, from source ${sources.join(', ')}`;
    return { findings: [ok(sentence)], facts: found };
  },
};
