import type { NamedStatus } from '../../cluster-choice/named-status.ts';
import { escapeLines } from '../../output/control-characters.ts';
import { createPaint } from '../../output/paint.ts';
import { formatTextTable } from '../../output/text-table.ts';
import { fitText } from '../../output/wrap.ts';
import { printEvents, printFill, printNamed as printNamedSources } from './print-events.ts';

/**
 * Formats the status of the environment's cluster.
 *
 * @param width columns of the terminal; null: no terminal
 */
export function printNamedCluster(status: NamedStatus, width: number | null): string {
  const { clusterVersion, snoopdb, sources, baseline, problems } = status;
  const formatState = (answers: boolean): string => (answers ? 'answers' : 'does not answer');
  const rows = [
    ['API server', formatState(clusterVersion !== null), status.server],
    ['SnoopDB', snoopdb === null ? 'not configured' : formatState(snoopdb.running), snoopdb?.url ?? ''],
  ];
  const version = clusterVersion === null ? '' : `, Kubernetes ${clusterVersion}`;
  const facts = [
    `The cluster of SNOOP_KUBECONFIG${version}, context ${status.context}, user ${status.user}`,
    ...(baseline === null
      ? []
      : [
          `Baseline ${baseline.release} (${baseline.origin})${baseline.incomplete === null ? '' : `; ${baseline.incomplete}`}`,
        ]),
    ...sources.map(({ source, events }) => `Source ${source}: ${printEvents(events)}`),
    ...sources
      .slice(0, 1)
      .flatMap(({ events }) =>
        events.known && events.fill !== null ? [printFill(events.fill), printNamedSources(events.fill)] : [],
      ),
    ...problems.flatMap(({ sentence, advice }) => [sentence, ...advice.map((line) => `  ${line}`)]),
  ];
  const table = formatTextTable({ columns: ['PART', 'STATE', 'ADDRESS'], rows }, createPaint(false, width));
  return fitText(escapeLines(`${table.join('\n')}\n\n${facts.join('\n')}\n`), width);
}
