import type { ControlPlaneStatus, RunningStatus, StoppedStatus } from '../../control-plane/status.ts';
import { describeExec } from '../../control-plane/exec-programs.ts';
import { escapeLines } from '../../output/control-characters.ts';
import { createPaint } from '../../output/paint.ts';
import { formatTextTable } from '../../output/text-table.ts';
import { fitText } from '../../output/wrap.ts';
import { printEvents, printFill, printNamed, printSpool } from './print-events.ts';

/**
 * Formats the status of a local control plane.
 *
 * @param width columns of the terminal; null: no terminal
 */
export function printControlPlane(status: ControlPlaneStatus, width: number | null): string {
  return fitText(escapeLines(status.running ? printRunning(status, width) : printStopped(status)), width);
}

function printStopped({ folder, release, failure, leftovers, phase }: StoppedStatus): string {
  const lines = [phase === 'stopped' ? `Nothing runs in ${folder}.` : `The control plane in ${folder} is ${phase}.`];
  if (failure)
    lines.push(`The last one stopped by itself: ${failure.message}`, ...failure.advice.map((line) => `  ${line}`));
  if (leftovers.length > 0) {
    const names = leftovers.map(({ name, pid }) => `${name} (${pid})`).join(', ');
    lines.push(`Its supervisor was killed and left ${names}; 'snoop up' or 'snoop down' cleans up.`);
  }
  if (phase !== 'stopped') return `${lines.join('\n')}\n`;
  lines.push(
    release === null
      ? "There is no state yet: 'snoop up' creates one."
      : `It keeps the data of a Kubernetes ${release}: 'snoop up' starts it.`,
  );
  return `${lines.join('\n')}\n`;
}

function printRunning(status: RunningStatus, width: number | null): string {
  const { apiserver, etcd, controllerManager, scheduler, kwok, snoopdb, auditlogger, ui, baseline } = status;
  const parts: (readonly [
    string,
    { running: boolean; url?: string; pid: number | null; since: string | null; restarts: number },
  ])[] = [
    ['kube-apiserver', apiserver],
    ['etcd', etcd],
    ['kube-controller-manager', controllerManager],
    ...(scheduler ? [['kube-scheduler', scheduler] as const] : []),
    ...(kwok ? [['kwok', kwok] as const] : []),
    ['SnoopDB', snoopdb],
    ['auditlogger', auditlogger],
    ['snoop ui', ui],
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
    ...printNodes(status),
    printEvents(status.events),
    ...(status.events.known && status.events.fill !== null
      ? [printFill(status.events.fill), printNamed(status.events.fill)]
      : []),
    ...(auditlogger.problem === null ? [] : [`The auditlogger stores nothing now: ${auditlogger.problem}`]),
    ...(auditlogger.spool === null ? [] : printSpool(auditlogger.spool)),
    `Kubeconfig ${status.kubeconfig}`,
    `Logs ${status.folder}/logs, ${snoopdb.logFile}`,
    ...(controllerManager.why === null ? [] : [`Without kube-controller-manager: ${controllerManager.why}`]),
  ];
  return `${formatTextTable({ columns: ['PART', 'STATE', 'ADDRESS', 'PID', 'SINCE', 'RESTARTS'], rows }, createPaint(false, width)).join('\n')}\n\n${facts.join('\n')}\n`;
}

function printNodes({ kwok, nodes }: RunningStatus): string[] {
  if (!kwok) return [];
  const ready = nodes?.filter((node) => node.ready) ?? [];
  const waiting = nodes?.filter((node) => !node.ready) ?? [];
  const names = nodes === null ? 'unknown, the API server does not answer' : listNames(ready);
  return [
    `Simulated nodes: ${names}${waiting.length === 0 ? '' : `; not ready: ${listNames(waiting)}`}`,
    ...(kwok.exec === null ? ['Nodes refuse exec; --nodes-exec allows it.'] : [describeExec(kwok.exec)]),
  ];
}

/** Few names are listed, of many the first and the last. */
function listNames(nodes: readonly { readonly name: string }[]): string {
  const names = nodes.map(({ name }) => name);
  return names.length <= 3 ? names.join(', ') || 'none' : `${names[0]} to ${names.at(-1)} (${names.length})`;
}
