import type { ProgressFile, TableFile, TableRow } from '../ui/data/model.ts';
import { escapeHtml } from '../ui/page/shell.ts';

type Cell = string | number | boolean | null;

/** The endpoints of a release, for browsers without JavaScript. */
export function writeCoverageTable({ release, endpoints }: TableFile): string {
  const counted = endpoints.filter(({ deprecated }) => !deprecated);
  const hasCoverage = release.coverageOrigin !== null;
  const tested = counted.filter((endpoint) => endpoint.tested).length;
  const conformance = counted.filter(({ confTested }) => confTested).length;
  const unknown = counted.filter((endpoint) => endpoint.unknown !== null).length;
  const more = unknown === 0 ? '' : `, ${unknown} unknown: no loaded coverage can tell whether tests hit them`;
  const figures = hasCoverage ? `${tested} tested, ${conformance} conformance tested${more}` : 'coverage unknown';
  return (
    writeOrigin(release.origin, release.incomplete) +
    `<p>${counted.length} endpoints that are not deprecated: ${figures}</p>` +
    writeTable(
      ['endpoint', 'kind', 'group', 'verb', 'level', 'tested', 'conformance tested', 'eligible', 'tests'],
      counted.map((row) => [
        ...[row.endpoint, row.kind, formatGroup(row), row.action, row.level],
        ...(row.unknown === null ? [row.tested, row.confTested] : ['unknown', 'unknown']),
        ...[row.eligible, hasCoverage && row.unknown === null ? row.tests : null],
      ]),
    )
  );
}

/** The ineligible and pending endpoints of a release. */
export function writeListTables({ release, endpoints }: TableFile): string {
  const listed = endpoints.filter(({ link }) => link !== null);
  const pending = endpoints.filter((endpoint) => endpoint.pending);
  return (
    writeOrigin(release.origin, release.incomplete) +
    `<h2>${listed.length} ineligible endpoints</h2>` +
    writeTable(
      ['endpoint', 'reason', 'link'],
      listed.map(({ endpoint, reason, link }) => [endpoint, reason, link]),
    ) +
    `<h2>${pending.length} pending endpoints</h2>` +
    writeTable(
      ['endpoint', 'kind'],
      pending.map(({ endpoint, kind }) => [endpoint, kind]),
    )
  );
}

/** Conformance progress, newest release first. */
export function writeProgressTable({ releases, history, baseline }: ProgressFile): string {
  const hasUnknown = releases.some(({ unknown }) => unknown > 0);
  const origin = history === null ? 'No history of conformance coverage is loaded.' : `Source: ${history.origin}.`;
  return (
    `<p>${escapeHtml(`${origin} Eligible endpoints of ${baseline?.release ?? 'no baseline'}.`)}</p>` +
    writeTable(
      [
        'release',
        'new',
        'new with new test',
        'new with old test',
        'old with new test',
        'stable',
        'tested',
        'debt',
        'still untested',
        ...(hasUnknown ? ['new, coverage unknown'] : []),
      ],
      [...releases]
        .reverse()
        .map((row) => [
          ...[row.release, row.newEndpoints, row.newTested, row.testedByOld, row.oldTested],
          ...[row.total, row.totalTested, row.debt, row.stillUntested],
          ...(hasUnknown ? [row.unknown] : []),
        ]),
    )
  );
}

function formatGroup({ group }: TableRow): string | null {
  return group === '' ? 'core' : group;
}

function writeOrigin(origin: string, incomplete: string | null): string {
  const note = incomplete === null ? '' : ` The data is incomplete: ${incomplete}`;
  return `<p>${escapeHtml(`Source: ${origin}.${note}`)}</p>`;
}

function writeTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = columns.map((name) => `<th scope="col">${escapeHtml(name)}`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${formatCell(cell)}`).join('')}\n`).join('');
  return `<table><thead><tr>${head}<tbody>\n${body}</table>`;
}

function formatCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  const text = escapeHtml(String(cell));
  return /^https?:\/\//.test(text) ? `<a href="${text}">${text}</a>` : text;
}
