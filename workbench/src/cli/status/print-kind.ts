import type { KindStatus } from '../../kind/status.ts';
import { escapeLines } from '../../output/control-characters.ts';
import { createPaint } from '../../output/paint.ts';
import { formatTextTable } from '../../output/text-table.ts';
import { fitText } from '../../output/wrap.ts';
import { printEvents, printFill, printNamed } from './print-events.ts';

/**
 * Formats the status of a kind cluster.
 *
 * @param width columns of the terminal; null: no terminal
 */
export function printKind(status: KindStatus, width: number | null): string {
  const { nodes, forward, ui, baseline, problems } = status;
  const rows = [
    ...(nodes ?? []).map(({ name, role, running }) => [name, running ? 'runs' : 'does not run', role]),
    [
      'SnoopDB, forwarded',
      forward.running ? 'runs' : 'does not run',
      forward.port === null ? '' : `127.0.0.1:${forward.port}`,
      forward.running ? String(forward.pid) : '',
    ],
    ...(ui === null ? [] : [['snoop ui', ui.running ? 'runs' : 'does not run', ui.url, '']]),
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
      .flatMap(({ events }) =>
        events.known && events.fill !== null ? [printFill(events.fill), printNamed(events.fill)] : [],
      ),
    `Kubeconfig ${status.kubeconfig}`,
    `Log of the forward ${forward.logFile}`,
    ...problems.flatMap(({ sentence, advice }) => [sentence, ...advice.map((line) => `  ${line}`)]),
  ];
  const table = formatTextTable({ columns: ['PART', 'STATE', 'WHAT', 'PID'], rows }, createPaint(false, width));
  return fitText(escapeLines(`${table.join('\n')}\n\n${facts.join('\n')}\n`), width);
}
