import type { Report } from '../finding.ts';

/** A flag of a kube-apiserver, as it was found. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** null: none was given, as with a switch. */
  readonly value: string | null;
  readonly line: number;
}

type Flags = ReadonlyMap<string, Flag>;

const policyFlag = '--audit-policy-file';
const webhook = '--audit-webhook-';

/** What the apiserver takes where a flag is not given (k8s.io/apiserver/pkg/server/options/audit.go). */
const defaults = {
  bufferSize: 10_000,
  maxSize: 400,
  maxWaitMs: 30_000,
  qps: 10,
  backoffMs: 10_000,
  truncateEventBytes: 100 * 1024,
};

/**
 * More than any caller can make an event at level Metadata, with credentials or without. An apiserver reads 1 MiB and 4 KiB
 * of a request's head, and a `&` in the name of a resource or group takes 34 bytes in the event of a request that is
 * forbidden: the name stands in it five times, and JSON writes `&` in six bytes, once `&amp;` in ten. Such events of 33.7 MiB
 * were seen with Kubernetes 1.36.3.
 */
const largestEventBytes = 36 * 1024 ** 2;
/** What the auditlogger takes, unless it is told otherwise. */
const largestBodyBytes = 128 * 1024 ** 2;
/** Events that fit into a body whatever they are. */
const largestBatch = Math.floor(largestBodyBytes / largestEventBytes);
const smallBatches = `${webhook}batch-max-size=${largestBatch} and ${webhook}batch-throttle-qps=3000`;

/** Beyond that, somebody who waits for the report of a test waits for the apiserver. */
const slowWaitMs = 2000;
/** Below that, a test suite alone fills the buffer, and events are dropped. */
const fewEventsPerSecond = 2000;

/**
 * Finds what makes an apiserver send nothing, late, or too little. Names and values that it does not start with are left to it.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 *
 * @param flags all flags that were found, those for other things too
 */
export function checkAuditFlags(flags: readonly Flag[], report: Report): void {
  const known = new Map<string, Flag>();
  for (const flag of flags.filter(({ name }) => name === policyFlag || name.startsWith(webhook))) {
    const before = known.get(flag.name);
    if (before !== undefined) {
      const message = `${flag.name} was given in line ${before.line} already; the last one counts. Take one out.`;
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
    const message = `${webhook}config-file is missing: the apiserver sends no events. It takes the path of a sink kubeconfig, as 'snoop sink' writes it.`;
    report('error', 'no-sink', config?.line ?? null, message);
  }
  if (!policy?.value) {
    const message = `${policyFlag} is missing: without a policy nothing is recorded. It takes the path of a policy, as 'snoop sink' writes it.`;
    report('error', 'no-policy', policy?.line ?? null, message);
  }
}

function checkMode(flag: Flag | undefined, report: Report): void {
  const way = `Use ${webhook}mode=batch.`;
  if (flag?.value === 'blocking') {
    const message = `Mode blocking: every request to the cluster waits for the auditlogger. ${way}`;
    report('warning', 'blocking', flag.line, message);
  } else if (flag?.value === 'blocking-strict') {
    const message = `Mode blocking-strict: every request fails while the auditlogger is away, its own database's host included. ${way}`;
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
        ? `${webhook}batch-max-wait is not given: 30s is the default`
        : `${webhook}batch-max-wait is ${wait.value}`;
    const message = `${found}, and events come up to ${waitMs / 1000} s late; a report of live work waits for them. Use ${webhook}batch-max-wait=100ms.`;
    report('warning', 'slow-batches', wait?.line ?? config, message);
  }
  const count = (name: string, otherwise: number): number => Number(known.get(webhook + name)?.value ?? otherwise);
  const maxSize = count('batch-max-size', defaults.maxSize);
  if (maxSize > largestBatch) {
    const message =
      `A batch holds up to ${maxSize} events, and anybody can make events of 34 MiB with long URIs: a batch of more than 128 MiB is refused, and all events in it are lost. ` +
      `Use ${smallBatches}.`;
    report('warning', 'large-batches', known.get(`${webhook}batch-max-size`)?.line ?? config, message);
  }
  const bufferSize = count('batch-buffer-size', defaults.bufferSize);
  const qps = count('batch-throttle-qps', defaults.qps);
  if (bufferSize < maxSize * 2) {
    const message = `The buffer holds ${bufferSize} events and a batch ${maxSize}: while one is sent, new events are dropped. Use ${webhook}batch-buffer-size=50000.`;
    report('error', 'small-buffer', known.get(`${webhook}batch-buffer-size`)?.line ?? config, message);
  }
  const isThrottled = readSwitch(known.get(`${webhook}batch-throttle-enable`)) ?? true;
  if (isThrottled && maxSize * qps < fewEventsPerSecond) {
    const message =
      `${qps} batches of ${maxSize} events a second are ${maxSize * qps} events a second at most: what is beyond fills the buffer and is dropped. ` +
      `Use ${smallBatches}.`;
    const flag = known.get(`${webhook}batch-throttle-qps`) ?? known.get(`${webhook}batch-max-size`);
    report('warning', 'throttled', flag?.line ?? config, message);
  }
}

/**
 * Truncation looks at one event after the other, before they become batches: it splits none, and an event that is too large
 * without a body to drop is not sent (k8s.io/apiserver/plugin/pkg/audit/truncate).
 */
function checkTruncation(known: Flags, report: Report): void {
  const truncate = known.get(`${webhook}truncate-enabled`);
  if (truncate === undefined || readSwitch(truncate) !== true) return;
  const size = known.get(`${webhook}truncate-max-event-size`);
  const bytes = Number(size?.value ?? defaults.truncateEventBytes);
  if (!(bytes < largestEventBytes)) return;
  const message =
    `Truncation is on, and drops events of more than ${bytes} bytes that have no body to leave out: anybody hides a request behind a long URI, which makes events of up to 34 MiB. It keeps no batch small; ${webhook}batch-max-size does. ` +
    `Take ${truncate.name} out, or use ${webhook}truncate-max-event-size=${largestEventBytes}.`;
  report('warning', 'truncated', (size ?? truncate).line, message);
}

function checkRest(known: Flags, report: Report): void {
  checkTruncation(known, report);
  const backoff = known.get(`${webhook}initial-backoff`);
  const backoffMs = backoff === undefined ? null : readDuration(backoff);
  if (backoff !== undefined && backoffMs !== null && backoffMs < defaults.backoffMs) {
    const seconds = Math.round((backoffMs * 8.125) / 1000);
    const message = `With a first back-off of ${backoff.value} the five tries are over after ${seconds} s, and the batch is lost; with the default of 10s, after 81 s. Take it out.`;
    report('warning', 'short-backoff', backoff.line, message);
  }
}

/** null when it is not given, or not a switch. */
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

/** Go's durations: `1m30s`, `100ms`; null for anything else. */
function readDuration({ value }: Flag): number | null {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value ?? '')) return null;
  return [...(value ?? '').matchAll(/([\d.]+)([a-zµ]+)/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * (unitMs[unit ?? ''] ?? 0),
    0,
  );
}
