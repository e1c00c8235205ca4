import { readDatabaseClock } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { queryInTime } from '../evidence/outage.ts';
import { formatAge } from '../output/quantities.ts';
import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { ClockDifference, Facts, Station } from './station.ts';

/** NTP keeps clocks within a tenth of a second. */
const allowedMs = 2_000;
const tries = 3;
const queryWithinMs = 10_000;
const here = 'this machine';

/** How far the clocks of this machine, the cluster and SnoopDB differ. */
export const clocksStation: Station = {
  name: 'clocks',
  limitMs: () => 40_000,
  async check({ facts }) {
    const cluster = readClusterClock(facts);
    const database = facts.database ? await measureDatabase(facts.database.pool) : null;
    if (!cluster && !database) return onlyFinding(notChecked('neither the cluster nor SnoopDB can be used'));
    const found = compareClocks(cluster, database);
    const list = [
      ...(cluster ? [`the cluster ${formatOffset(cluster)}`] : []),
      ...(database ? [`SnoopDB ${formatOffset(database)}`] : []),
    ];
    return { findings: found.length > 0 ? found : [ok(`${list.join(', ')}, compared with this machine`)] };
  },
};

/** Finds which clock is wrong: with three clocks, the one that differs from the two others. */
export function compareClocks(cluster: ClockDifference | null, database: ClockDifference | null): Finding[] {
  const isFar = (one: ClockDifference | null): boolean => one !== null && isTooFar(one);
  if (cluster && database && isFar(cluster) && isFar(database)) {
    const between = subtract(cluster, database);
    if (!isTooFar(between)) {
      return [wrong('clock_here', { difference: describe({ ...cluster, aheadMs: -cluster.aheadMs }) })];
    }
  }
  return [
    ...(cluster && isFar(cluster) ? [wrong('clock_cluster', { difference: describe(cluster), other: here })] : []),
    ...(database && isFar(database) ? [wrong('clock_database', { difference: describe(database), other: here })] : []),
  ];
}

function isTooFar({ aheadMs, uncertainMs }: ClockDifference): boolean {
  return Math.abs(aheadMs) - uncertainMs > allowedMs;
}

function subtract(one: ClockDifference, other: ClockDifference): ClockDifference {
  return { aheadMs: one.aheadMs - other.aheadMs, uncertainMs: one.uncertainMs + other.uncertainMs };
}

function describe({ aheadMs }: ClockDifference): string {
  return `${formatAge(Math.abs(aheadMs) / 1000)} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}

function formatOffset({ aheadMs, uncertainMs }: ClockDifference): string {
  return `${aheadMs < 0 ? '−' : '+'}${(Math.abs(aheadMs) / 1000).toFixed(2)} s (±${(uncertainMs / 1000).toFixed(2)} s)`;
}

/** An audit event has the time in microseconds; the header of a response has whole seconds. */
function readClusterClock({ probes, cluster }: Facts): ClockDifference | null {
  const receivedAt = probes?.arrived.events.find(({ requestedAt }) => requestedAt !== null)?.requestedAt;
  if (!probes || !receivedAt) return cluster?.clock ?? null;
  const { sentAt, answeredAt } = probes.arrived.probe;
  return { aheadMs: receivedAt.getTime() - (sentAt + answeredAt) / 2, uncertainMs: (answeredAt - sentAt) / 2 };
}

/** The fastest of a few tries is the most exact. */
async function measureDatabase(pool: Pool): Promise<ClockDifference | null> {
  let best: ClockDifference | null = null;
  for (let index = 0; index < tries; index += 1) {
    const sentAt = Date.now();
    const at = await queryInTime(queryWithinMs, () => readDatabaseClock(pool));
    const answeredAt = Date.now();
    const uncertainMs = (answeredAt - sentAt) / 2;
    if (!best || uncertainMs < best.uncertainMs) best = { aheadMs: at - (sentAt + answeredAt) / 2, uncertainMs };
  }
  return best;
}
