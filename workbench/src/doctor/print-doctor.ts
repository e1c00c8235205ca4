import { escapeLines } from '../output/control-characters.ts';
import type { Paint } from '../output/paint.ts';
import { fitText } from '../output/wrap.ts';
import type { DoctorReport, StationReport } from './doctor.ts';
import { stations } from './faults.ts';
import type { Finding } from './finding.ts';

const titleWidth = Math.max(...Object.values(stations).map((title) => title.length));
const marks = { ok: '✓', wrong: '✗', 'not checked': '–' } as const;
const colors = { ok: 'green', wrong: 'red', 'not checked': 'dim' } as const;

/** Formats the findings of a station: a line for each, and its advice below it. */
export function formatStation({ station, findings }: StationReport, paint: Paint): string {
  const lines = findings.flatMap((finding, index) => {
    const title = (index === 0 ? stations[station] : '').padEnd(titleWidth);
    const advice = finding.state === 'wrong' ? finding.advice : [];
    return [
      `${paint(colors[finding.state], marks[finding.state])} ${title}  ${escapeLines(finding.sentence)}`,
      ...advice.map((line) => `${' '.repeat(titleWidth + 4)}${escapeLines(line)}`),
    ];
  });
  return fitText(`${lines.join('\n')}\n`, paint.width);
}

/** Formats the last line. */
export function formatResult({ stations: reports }: Pick<DoctorReport, 'stations'>): string {
  const findings = reports.flatMap((report) => report.findings);
  const count = (isCounted: (finding: Finding) => boolean): number => findings.filter(isCounted).length;
  const wrongs = count(({ state }) => state === 'wrong');
  const unchecked = count((finding) => finding.state === 'not checked' && finding.needed);
  const parts = [
    ...(wrongs === 0 ? [] : [`${wrongs} ${wrongs === 1 ? 'thing is' : 'things are'} wrong`]),
    ...(unchecked === 0 ? [] : [`${unchecked} not checked`]),
  ];
  return `\n${parts.length === 0 ? 'Everything is all right' : parts.join(', ')}.\n`;
}
