import { closest } from 'fastest-levenshtein';
import type { Report } from '../finding.ts';

/** A flag of a kube-apiserver, as it was found. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** null: none was given, as with a switch. */
  readonly value: string | null;
  readonly line: number;
}

const webhook = '--audit-webhook-';
const names = [
  '--audit-policy-file',
  ...['batch-buffer-size', 'batch-max-size', 'batch-max-wait', 'batch-throttle-burst', 'batch-throttle-enable'].map(
    (name) => webhook + name,
  ),
  ...['batch-throttle-qps', 'config-file', 'initial-backoff', 'mode', 'truncate-enabled', 'version'].map(
    (name) => webhook + name,
  ),
  ...['truncate-max-batch-size', 'truncate-max-event-size'].map((name) => webhook + name),
];

/** What the apiserver takes where a flag is not given (k8s.io/apiserver/pkg/server/options/audit.go). */
const defaults = { bufferSize: 10_000, maxSize: 400, maxWaitMs: 30_000, qps: 10, backoffMs: 10_000 };

/** Beyond that, somebody who waits for the report of a test waits for the apiserver. */
const slowWaitMs = 2000;
/** Below that, a test suite alone fills the buffer, and events are dropped. */
const fewEventsPerSecond = 2000;

/**
 * Finds what makes an apiserver send nothing, late, or too little.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 *
 * @param flags all flags that were found, those for other things too
 */
export function checkAuditFlags(flags: readonly Flag[], report: Report): void {
  const known = new Map<string, Flag>();
  for (const flag of flags.filter(({ name }) => name.startsWith('--audit-'))) {
    if (!names.includes(flag.name)) {
      if (!flag.name.startsWith('--audit-log-')) reportUnknown(flag, report);
      continue;
    }
    const before = known.get(flag.name);
    if (before !== undefined) {
      report(
        'warning',
        'twice',
        flag.line,
        `${flag.name} was given in line ${before.line} already; the last one counts. Take one out.`,
      );
    }
    known.set(flag.name, flag);
  }
  checkPresence(known, report);
  checkMode(known.get(`${webhook}mode`), report);
  const isBatch = (known.get(`${webhook}mode`)?.value ?? 'batch') === 'batch';
  if (isBatch && known.has(`${webhook}config-file`)) checkBatch(known, report);
  checkRest(known, report);
}

function reportUnknown({ name, line }: Flag, report: Report): void {
  report(
    'error',
    'unknown-flag',
    line,
    `kube-apiserver has no flag ${name}, and does not start with it. Did you mean ${closest(name, names)}?`,
  );
}

function checkPresence(known: ReadonlyMap<string, Flag>, report: Report): void {
  const config = known.get(`${webhook}config-file`);
  const policy = known.get('--audit-policy-file');
  if (!config?.value) {
    const message = `${webhook}config-file is missing: the apiserver sends no events. It takes the path of a sink kubeconfig, as 'snoop sink' writes it.`;
    report('error', 'no-sink', config?.line ?? null, message);
  }
  if (!policy?.value) {
    const message =
      "--audit-policy-file is missing: without a policy nothing is recorded. It takes the path of a policy, as 'snoop sink' writes it.";
    report('error', 'no-policy', policy?.line ?? null, message);
  }
}

function checkMode(flag: Flag | undefined, report: Report): void {
  if (flag === undefined || flag.value === 'batch') return;
  const way = `Use ${webhook}mode=batch.`;
  if (flag.value === 'blocking') {
    report(
      'warning',
      'blocking',
      flag.line,
      `Mode blocking: every request to the cluster waits for the auditlogger. ${way}`,
    );
  } else if (flag.value === 'blocking-strict') {
    report(
      'error',
      'blocking',
      flag.line,
      `Mode blocking-strict: every request fails while the auditlogger is away, its own database's host included. ${way}`,
    );
  } else {
    report(
      'error',
      'bad-value',
      flag.line,
      `There is no mode '${flag.value}', and the apiserver does not start with it. Modes: batch, blocking, blocking-strict.`,
    );
  }
}

function checkBatch(known: ReadonlyMap<string, Flag>, report: Report): void {
  const config = known.get(`${webhook}config-file`)?.line ?? null;
  const wait = known.get(`${webhook}batch-max-wait`);
  const waitMs = wait === undefined ? defaults.maxWaitMs : readDuration(wait, report);
  if (waitMs !== null && waitMs > slowWaitMs) {
    const found =
      wait === undefined
        ? `${webhook}batch-max-wait is not given: 30s is the default`
        : `${webhook}batch-max-wait is ${wait.value}`;
    const message = `${found}, and events come up to ${waitMs / 1000} s late; a report of live work waits for them. Use ${webhook}batch-max-wait=100ms.`;
    report('warning', 'slow-batches', wait?.line ?? config, message);
  }
  const count = (name: string, otherwise: number): number | null => {
    const flag = known.get(`${webhook}batch-${name}`);
    return flag === undefined ? otherwise : readNumber(flag, report);
  };
  const maxSize = count('max-size', defaults.maxSize);
  const bufferSize = count('buffer-size', defaults.bufferSize);
  const qps = count('throttle-qps', defaults.qps);
  count('throttle-burst', 1);
  if (maxSize !== null && bufferSize !== null && bufferSize < maxSize * 2) {
    const message = `The buffer holds ${bufferSize} events and a batch ${maxSize}: while one is sent, new events are dropped. Use ${webhook}batch-buffer-size=50000.`;
    report('error', 'small-buffer', known.get(`${webhook}batch-buffer-size`)?.line ?? config, message);
  }
  const isThrottled = readSwitch(known.get(`${webhook}batch-throttle-enable`), report) ?? true;
  if (isThrottled && maxSize !== null && qps !== null && maxSize * qps < fewEventsPerSecond) {
    const message =
      `${qps} batches of ${maxSize} events a second are ${maxSize * qps} events a second at most: what is beyond fills the buffer and is dropped. ` +
      `Use ${webhook}batch-throttle-qps=100 and ${webhook}batch-max-size=400.`;
    const line =
      known.get(`${webhook}batch-throttle-qps`)?.line ?? known.get(`${webhook}batch-max-size`)?.line ?? config;
    report('warning', 'throttled', line, message);
  }
}

function checkRest(known: ReadonlyMap<string, Flag>, report: Report): void {
  const truncate = known.get(`${webhook}truncate-enabled`);
  if (readSwitch(truncate, report) === true) {
    const message = `Truncation is on: large events come without their bodies, or not at all. The auditlogger takes 128 MiB a batch. Take ${webhook}truncate-enabled out.`;
    report('warning', 'truncated', truncate?.line ?? null, message);
  }
  const backoff = known.get(`${webhook}initial-backoff`);
  const backoffMs = backoff === undefined ? null : readDuration(backoff, report);
  if (backoff !== undefined && backoffMs !== null && backoffMs < defaults.backoffMs) {
    const seconds = Math.round((backoffMs * 8.125) / 1000);
    const message = `With a first back-off of ${backoff.value} the five tries are over after ${seconds} s, and the batch is lost; with the default of 10s, after 81 s. Take it out.`;
    report('warning', 'short-backoff', backoff.line, message);
  }
  const version = known.get(`${webhook}version`);
  if (version !== undefined && version.value !== 'audit.k8s.io/v1') {
    report(
      'error',
      'bad-value',
      version.line,
      `${version.name}=${version.value}: the auditlogger reads audit.k8s.io/v1, which is the default. Take it out.`,
    );
  }
}

function readNumber(flag: Flag, report: Report): number | null {
  const value = Number(flag.value);
  if (flag.value !== null && flag.value.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  report('error', 'bad-value', flag.line, `${flag.name} takes a number above 0, not '${flag.value ?? ''}'.`);
  return null;
}

/** null when it is not given, or no switch. */
function readSwitch(flag: Flag | undefined, report: Report): boolean | null {
  if (flag === undefined) return null;
  if (flag.value === null || ['true', 't', '1'].includes(flag.value.toLowerCase())) return true;
  if (['false', 'f', '0'].includes(flag.value.toLowerCase())) return false;
  report('error', 'bad-value', flag.line, `${flag.name} takes true or false, not '${flag.value}'.`);
  return null;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations: `1m30s`, `100ms`. */
function readDuration(flag: Flag, report: Report): number | null {
  const text = flag.value ?? '';
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
    return parts.reduce((sum, [, digits, unit]) => sum + Number(digits) * (unitMs[unit ?? ''] ?? 0), 0);
  }
  report(
    'error',
    'bad-value',
    flag.line,
    `${flag.name} takes a time with its unit, such as 100ms or 30s, not '${text}'.`,
  );
  return null;
}
