import type { LiveFill } from '@snoop/snoopdb';
import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import type { EventsArrived } from '../control-plane/events-arrived.ts';
import type { SpoolBacklog } from '../control-plane/spool-backlog.ts';
import { resolveStateFolder } from '../control-plane/state-folder.ts';
import type { ControlPlaneStatus, RunningStatus, StoppedStatus } from '../control-plane/status.ts';
import { SnoopError } from '../errors.ts';
import type { KindStatus } from '../kind/status.ts';

export const help = `snoop status: what runs, where, since when, how many audit events arrived, how many are held, and how many wait

Usage: snoop status [options]

Options:
  --output FORMAT   text or json (default: text)
  --state DIR       the state folder (default: .snoop in the project)

Examples:
  snoop status
  snoop status --output json | jq -r .auditlogger.url
  snoop status --output json | jq -r '.nodes[].name'      # of a kind cluster

It speaks of the kind cluster when this state has one.

Environment:
  SNOOP_STATE       the state folder

Exit codes: 0 it runs · 1 it does not
`;

const options = { output: { type: 'string' }, state: { type: 'string' } } as const;

/** @returns 0: it runs; 1: it does not */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('status', args, options);
  const output = values.output ?? 'text';
  if (output !== 'text' && output !== 'json') {
    throw new SnoopError('wrong_use', `There is no output format '${output}'.`, {
      exitCode: 2,
      advice: ['There are: text, json.'],
    });
  }
  const { environment, cwd, stdout, signal } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { describeKindCluster } = await import('../kind/status.ts');
  const kind = await describeKindCluster(folder, environment, signal);
  if (kind) {
    stdout.write(output === 'json' ? `${JSON.stringify(kind, null, 2)}\n` : printKind(kind));
    return kind.running ? 0 : 1;
  }
  const { describeControlPlane } = await import('../control-plane/status.ts');
  const status = await describeControlPlane(folder);
  stdout.write(output === 'json' ? `${JSON.stringify(status, null, 2)}\n` : print(status));
  return status.running ? 0 : 1;
}

function print(status: ControlPlaneStatus): string {
  return status.running ? printRunning(status) : printStopped(status);
}

function printStopped({ folder, release, failure, leftovers, phase }: StoppedStatus): string {
  const lines = [phase === 'stopped' ? `Nothing runs in ${folder}.` : `The control plane in ${folder} is ${phase}.`];
  if (failure)
    lines.push(`The last one stopped by itself: ${failure.message}`, ...failure.advice.map((line) => `  ${line}`));
  if (leftovers.length > 0) {
    const names = leftovers.map(({ name, pid }) => `${name} (${pid})`).join(', ');
    lines.push(`Its supervisor was killed and left ${names}; 'snoop up' or 'snoop down' tidies up.`);
  }
  if (phase !== 'stopped') return `${lines.join('\n')}\n`;
  lines.push(
    release === null
      ? "There is no state yet: 'snoop up' makes one."
      : `It keeps the data of a Kubernetes ${release}: 'snoop up'.`,
  );
  return `${lines.join('\n')}\n`;
}

function printRunning(status: RunningStatus): string {
  const { apiserver, etcd, controllerManager, snoopdb, auditlogger, baseline } = status;
  const parts: [
    string,
    { running: boolean; url?: string; pid: number | null; since: string | null; restarts: number },
  ][] = [
    ['kube-apiserver', apiserver],
    ['etcd', etcd],
    ['kube-controller-manager', controllerManager],
    ['SnoopDB', snoopdb],
    ['auditlogger', auditlogger],
  ];
  const rows = parts.map(([name, { running, url = '', pid, since, restarts }]) => [
    name,
    running ? 'runs' : 'does not run',
    url,
    pid === null ? '' : String(pid),
    since === null ? '' : since.replace(/\.\d+Z$/, 'Z'),
    restarts === 0 ? '' : `${restarts} after a crash`,
  ]);
  const facts = [
    `Kubernetes ${status.clusterVersion}, source ${status.source}, since ${status.startedAt.replace(/\.\d+Z$/, 'Z')}`,
    `Baseline ${baseline.release} (${baseline.origin})${baseline.incomplete === null ? '' : `; ${baseline.incomplete}`}`,
    printEvents(status.events),
    ...(status.events.known && status.events.fill !== null ? [printFill(status.events.fill)] : []),
    ...(auditlogger.spool === null ? [] : printSpool(auditlogger.spool)),
    `Kubeconfig ${status.kubeconfig}`,
    `Logs ${status.folder}/logs, ${snoopdb.logFile}`,
    ...(controllerManager.why === null ? [] : [`Without kube-controller-manager: ${controllerManager.why}`]),
  ];
  return `${printTable([['PART', 'STATE', 'ADDRESS', 'PID', 'SINCE', 'RESTARTS'], ...rows])}\n${facts.join('\n')}\n`;
}

function printKind(status: KindStatus): string {
  const { nodes, forward, baseline, troubles } = status;
  const rows = [
    ...(nodes ?? []).map(({ name, role, running }) => [name, running ? 'runs' : 'does not run', role]),
    [
      'SnoopDB, forwarded',
      forward.running ? 'runs' : 'does not run',
      forward.port === null ? '' : `127.0.0.1:${forward.port}`,
      forward.running ? String(forward.pid) : '',
    ],
  ];
  const facts = [
    `The kind cluster '${status.name}', Kubernetes ${status.clusterVersion ?? status.release}, from ${status.image}, since ${status.startedAt.replace(/\.\d+Z$/, 'Z')}`,
    ...(status.server === null ? [] : [`API server ${status.server}, context ${status.context}`]),
    ...(baseline === null
      ? []
      : [
          `Baseline ${baseline.release} (${baseline.origin})${baseline.incomplete === null ? '' : `; ${baseline.incomplete}`}`,
        ]),
    ...status.sources.map(({ source, events }) => `Source ${source}: ${printEvents(events)}`),
    ...status.sources
      .slice(0, 1)
      .flatMap(({ events }) => (events.known && events.fill !== null ? [printFill(events.fill)] : [])),
    `Kubeconfig ${status.kubeconfig}`,
    `Log of the forward ${forward.logFile}`,
    ...troubles.flatMap(({ sentence, advice }) => [sentence, ...advice.map((line) => `  ${line}`)]),
  ];
  return `${printTable([['PART', 'STATE', 'WHAT', 'PID'], ...rows])}\n${facts.join('\n')}\n`;
}

function printEvents(events: EventsArrived): string {
  if (!events.known) return `Audit events: not known (${events.why})`;
  const count = `${events.estimated ? 'about ' : ''}${events.count.toLocaleString('en')} audit events arrived`;
  return events.lastAgeSeconds === null ? count : `${count}, the last one ${printAge(events.lastAgeSeconds)} ago`;
}

/** How much of what came is held, and of how much that may be. */
function printFill({ rows, bytes, oldestAt, bounds, dropped, rejected, forgottenLeft }: LiveFill): string {
  const share = (part: number, whole: number | undefined): string =>
    whole === undefined ? '' : ` (${Math.round((100 * part) / whole)} % of ${whole.toLocaleString('en')})`;
  const ageMs = oldestAt === null ? null : Date.now() - oldestAt.getTime();
  const facts = [
    `about ${rows.toLocaleString('en')} audit events${share(rows, bounds?.maxRows)}`,
    `${printBytes(bytes)}${bounds === null ? '' : ` of ${printBytes(bounds.maxBytes)}`}`,
    ...(ageMs === null
      ? []
      : [
          `the oldest ${printAge(ageMs / 1000)} old${bounds === null ? '' : ` of ${printAge(bounds.maxAgeMs / 1000)}`}`,
        ]),
    ...(dropped.rows === 0 ? [] : [`${dropped.rows.toLocaleString('en')} older ones dropped`]),
    ...(rejected.rows === 0 ? [] : [`${rejected.rows.toLocaleString('en')} set aside`]),
    ...(forgottenLeft === 0 ? [] : ['forgotten ones are still being removed']),
  ];
  return `Held: ${facts.join(', ')}`;
}

/** What came while the database was away. */
function printSpool({ bodies, bytes, maxBytes, oldestAt, whyNot, refused, broken }: SpoolBacklog): string[] {
  const size = `${printBytes(bytes)} of ${printBytes(maxBytes)}`;
  const age = oldestAt === null ? '' : `, the oldest came ${printAge((Date.now() - oldestAt) / 1000)} ago`;
  return [
    bodies === 0
      ? 'Spool: nothing waits'
      : `Spool: ${countBodies(bodies)} (${size})${age}; ${whyNot === null ? 'being stored' : `waiting: ${whyNot}`}`,
    ...(refused === null ? [] : [`Spool: the database refuses ${countBodies(refused.bodies)}: ${refused.reason}`]),
    ...(broken === null ? [] : [`Spool: ${broken.files} broken, kept in ${broken.folder}`]),
  ];
}

function countBodies(bodies: number): string {
  return bodies === 1 ? '1 body of audit events' : `${bodies.toLocaleString('en')} bodies of audit events`;
}

function printBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function printAge(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

function printTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
