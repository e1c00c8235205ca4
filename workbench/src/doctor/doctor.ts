import { toError, waitAtMost, withDeadline } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { version } from '../version.ts';
import { apiserversStation } from './apiservers-station.ts';
import { auditloggerStation } from './auditlogger-station.ts';
import { baselineStation } from './baseline-station.ts';
import { clocksStation } from './clocks-station.ts';
import { clusterStation } from './cluster-station.ts';
import { documentStation } from './document-station.ts';
import { stations } from './faults.ts';
import type { StationName } from './faults.ts';
import { chooseExitCode, notChecked } from './finding.ts';
import type { Finding } from './finding.ts';
import { kubeconfigStation } from './kubeconfig-station.ts';
import { policyStation } from './policy-station.ts';
import { probeStation } from './probe-station.ts';
import { rightsStation } from './rights-station.ts';
import { Secrets } from './secrets.ts';
import { snoopdbStation } from './snoopdb-station.ts';
import { onlyFinding } from './station.ts';
import type { DoctorOptions } from './options.ts';
import type { Facts, Station, StationResult } from './station.ts';
import { versionsStation } from './versions-station.ts';

/** In the order in which a request passes them; but the OpenAPI document after the probe, which shows the source. */
const inOrder: readonly Station[] = [
  kubeconfigStation,
  clusterStation,
  rightsStation,
  snoopdbStation,
  baselineStation,
  auditloggerStation,
  probeStation,
  policyStation,
  documentStation,
  apiserversStation,
  clocksStation,
  versionsStation,
];

/** What was found at a station, without secrets. */
export interface StationReport {
  readonly station: StationName;
  readonly ms: number;
  readonly findings: readonly Finding[];
}

/** The answer of `snoop doctor`, without secrets. */
export interface DoctorReport {
  readonly snoop: string;
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly exitCode: 0 | 1 | 3;
  readonly stations: readonly StationReport[];
}

/** More than a healthy database needs to close its connections. */
const releaseWithinMs = 5_000;

/**
 * Checks all stations. Those that depend on a failed one report that they were not checked.
 *
 * @param onStation called after each station
 * @throws SnoopError `wrong_use`; the signal's reason
 */
export async function examine(
  options: DoctorOptions,
  onStation: (report: StationReport) => void,
): Promise<DoctorReport> {
  const at = new Date().toISOString();
  const secrets = new Secrets();
  const releases: (() => Promise<void>)[] = [];
  const reports: StationReport[] = [];
  let facts: Facts = {};
  try {
    for (const station of inOrder) {
      const started = performance.now();
      const limitMs = station.limitMs(options, facts);
      const result = await options.progress.step(`checking: ${stations[station.name]}`, () =>
        checkInTime(limitMs, options.signal, (signal) =>
          station.check({ options, facts, secrets, signal, onEnd: (release) => void releases.push(release) }),
        ),
      );
      facts = { ...facts, ...result.facts };
      const ms = Math.round(performance.now() - started);
      const report = { station: station.name, ms, findings: result.findings.map((one) => redact(one, secrets)) };
      reports.push(report);
      onStation(report);
    }
  } finally {
    for (const release of releases.reverse()) await waitAtMost(releaseWithinMs, release()).catch(() => {});
  }
  return {
    snoop: version,
    at,
    exitCode: chooseExitCode(reports.flatMap(({ findings }) => findings)),
    stations: reports,
  };
}

/** Errors that a station does not explain are findings, too. */
async function checkInTime(
  limitMs: number,
  signal: AbortSignal,
  check: (signal: AbortSignal) => Promise<StationResult>,
): Promise<StationResult> {
  const late = new Error(`it took longer than ${limitMs / 1000} s`);
  try {
    return await withDeadline(limitMs, () => late, check, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SnoopError && error.code === 'wrong_use') throw error;
    const { message } = toError(error);
    return onlyFinding(notChecked(error === late ? message : `it failed: ${message.replace(/\.$/, '')}`));
  }
}

function redact(finding: Finding, secrets: Secrets): Finding {
  const sentence = secrets.redact(finding.sentence);
  if (finding.state !== 'wrong') return { ...finding, sentence };
  return { ...finding, sentence, advice: finding.advice.map((line) => secrets.redact(line)) };
}
