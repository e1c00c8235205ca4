import type { Report } from '../finding.ts';

/** A flag of a kube-apiserver. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** null: none, as for a switch. */
  readonly value: string | null;
  readonly line: number;
}

type Flags = ReadonlyMap<string, Flag>;

const policyFlag = '--audit-policy-file';
const webhook = '--audit-webhook-';

/** The apiserver's defaults (k8s.io/apiserver/pkg/server/options/audit.go). */
const defaults = {
  bufferSize: 10_000,
  maxSize: 400,
  maxWaitMs: 30_000,
  qps: 10,
  backoffMs: 10_000,
  truncateEventBytes: 100 * 1024,
};

/**
 * Larger than any event at level Metadata, with credentials or without. An apiserver reads 1 MiB and 4 KiB of a
 * request's head, and a `&` in the name of a resource or group takes 34 bytes in the event of a forbidden request:
 * the event has the name five times, and JSON writes `&` in six bytes, once `&amp;` in ten. Events of 33.7 MiB were
 * seen with Kubernetes 1.36.3.
 */
const largestEventBytes = 36 * 1024 ** 2;
/** The auditlogger's default limit. */
const largestBodyBytes = 128 * 1024 ** 2;
/** The number of events that always fit into a body. */
const largestBatch = Math.floor(largestBodyBytes / largestEventBytes);
const smallBatches = `${webhook}batch-max-size=${largestBatch} and ${webhook}batch-throttle-qps=3000`;

/** Above this, reports of tests noticeably wait for the apiserver. */
const slowWaitMs = 2000;
/** Below this, a test suite alone fills the buffer, and events are dropped. */
const fewEventsPerSecond = 2000;

/**
 * Finds what makes an apiserver send nothing, late, or too little. Names and values with which it does not start are
 * not checked.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 *
 * @param flags all flags, also those for other things
 */
export function checkAuditFlags(flags: readonly Flag[], report: Report): void {
  const known = new Map<string, Flag>();
  for (const flag of flags.filter(({ name }) => name === policyFlag || name.startsWith(webhook))) {
    const before = known.get(flag.name);
    if (before !== undefined) {
      const message = `${flag.name} is already in line ${before.line}; the last one counts. Remove one.`;
      report('warning', 'twice', flag.line, message);
    }
    known.set(flag.name, flag);
  }
  checkPresence(known, report);
  checkMode(known.get(`${webhook}mode`), report);
  const isBatch = (known.get(`${webhook}mode`)?.value ?? 'batch') === 'batch';
  if (isBatch && known.has(`${webhook}config-file`)) checkBatch(known, report);
  checkRest(known, report);
}

function checkPresence(known: Flags, report: Report): void {
  const config = known.get(`${webhook}config-file`);
  const policy = known.get(policyFlag);
  if (!config?.value) {
    const message = `${webhook}config-file is missing: the apiserver sends no events. Set it to the path of a sink kubeconfig, as 'snoop sink' writes it.`;
    report('error', 'no-sink', config?.line ?? null, message);
  }
  if (!policy?.value) {
    const message = `${policyFlag} is missing: without a policy nothing is recorded. Set it to the path of a policy, as 'snoop sink' writes it.`;
    report('error', 'no-policy', policy?.line ?? null, message);
  }
}

function checkMode(flag: Flag | undefined, report: Report): void {
  const way = `Use ${webhook}mode=batch.`;
  if (flag?.value === 'blocking') {
    const message = `Mode blocking: every request to the cluster waits for the auditlogger. ${way}`;
    report('warning', 'blocking', flag.line, message);
  } else if (flag?.value === 'blocking-strict') {
    const message = `Mode blocking-strict: every request fails while the auditlogger is away, even those for its own database. ${way}`;
    report('error', 'blocking', flag.line, message);
  }
}

function checkBatch(known: Flags, report: Report): void {
  const config = known.get(`${webhook}config-file`)?.line ?? null;
  const wait = known.get(`${webhook}batch-max-wait`);
  const waitMs = wait === undefined ? defaults.maxWaitMs : readDuration(wait);
  if (waitMs !== null && waitMs > slowWaitMs) {
    const found =
      wait === undefined
        ? `${webhook}batch-max-wait is not set (default 30s)`
        : `${webhook}batch-max-wait is ${wait.value}`;
    const message = `${found}: events are up to ${waitMs / 1000} s late, and reports of live tests wait for them. Use ${webhook}batch-max-wait=100ms.`;
    report('warning', 'slow-batches', wait?.line ?? config, message);
  }
  const count = (name: string, otherwise: number): number => Number(known.get(webhook + name)?.value ?? otherwise);
  const maxSize = count('batch-max-size', defaults.maxSize);
  if (maxSize > largestBatch) {
    const message =
      `A batch has up to ${maxSize} events, and any user can create events of 34 MiB with long URIs: a batch above 128 MiB is refused, and all its events are lost. ` +
      `Use ${smallBatches}.`;
    report('warning', 'large-batches', known.get(`${webhook}batch-max-size`)?.line ?? config, message);
  }
  const bufferSize = count('batch-buffer-size', defaults.bufferSize);
  const qps = count('batch-throttle-qps', defaults.qps);
  if (bufferSize < maxSize * 2) {
    const message = `The buffer has room for ${bufferSize} events and a batch for ${maxSize}: while one is sent, new events are dropped. Use ${webhook}batch-buffer-size=50000.`;
    report('error', 'small-buffer', known.get(`${webhook}batch-buffer-size`)?.line ?? config, message);
  }
  const isThrottled = readSwitch(known.get(`${webhook}batch-throttle-enable`)) ?? true;
  if (isThrottled && maxSize * qps < fewEventsPerSecond) {
    const message =
      `${qps} batches of ${maxSize} events a second are at most ${maxSize * qps} events a second: more fill the buffer and are dropped. ` +
      `Use ${smallBatches}.`;
    const flag = known.get(`${webhook}batch-throttle-qps`) ?? known.get(`${webhook}batch-max-size`);
    report('warning', 'throttled', flag?.line ?? config, message);
  }
}

/**
 * Truncation treats single events before they become batches: it splits no batch, and drops an event that is too
 * large and has no body to omit (k8s.io/apiserver/plugin/pkg/audit/truncate).
 */
function checkTruncation(known: Flags, report: Report): void {
  const truncate = known.get(`${webhook}truncate-enabled`);
  if (truncate === undefined || readSwitch(truncate) !== true) return;
  const size = known.get(`${webhook}truncate-max-event-size`);
  const bytes = Number(size?.value ?? defaults.truncateEventBytes);
  if (!(bytes < largestEventBytes)) return;
  const message =
    `Truncation is on, and drops events above ${bytes} bytes that have no body to omit: any user can hide a request with a long URI, which makes events of up to 34 MiB. It does not limit batches; ${webhook}batch-max-size does. ` +
    `Remove ${truncate.name}, or use ${webhook}truncate-max-event-size=${largestEventBytes}.`;
  report('warning', 'truncated', (size ?? truncate).line, message);
}

function checkRest(known: Flags, report: Report): void {
  checkTruncation(known, report);
  const backoff = known.get(`${webhook}initial-backoff`);
  const backoffMs = backoff === undefined ? null : readDuration(backoff);
  if (backoff !== undefined && backoffMs !== null && backoffMs < defaults.backoffMs) {
    const seconds = Math.round((backoffMs * 8.125) / 1000);
    const message = `With an initial back-off of ${backoff.value} a batch is lost after five tries in ${seconds} s; with the default of 10s, after 81 s. Remove it.`;
    report('warning', 'short-backoff', backoff.line, message);
  }
}

/** null when it is not set, or not a switch. */
function readSwitch(flag: Flag | undefined): boolean | null {
  if (flag === undefined) return null;
  const value = flag.value?.toLowerCase() ?? 'true';
  return ['true', 't', '1'].includes(value) || (['false', 'f', '0'].includes(value) ? false : null);
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

/** Parses Go's durations: `1m30s`, `100ms`; null for anything else. */
function readDuration({ value }: Flag): number | null {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value ?? '')) return null;
  return [...(value ?? '').matchAll(/([\d.]+)([a-zµ]+)/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * (unitMs[unit ?? ''] ?? 0),
    0,
  );
}
