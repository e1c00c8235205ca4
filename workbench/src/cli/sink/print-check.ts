import type { SinkCheck } from '../../lint/audit/check-files.ts';
import type { Severity } from '../../lint/finding.ts';
import { disarm } from '../../output/disarm.ts';
import type { Paint } from '../../output/paint.ts';

const colors: Readonly<Record<Severity, 'red' | 'yellow' | 'dim'>> = { error: 'red', warning: 'yellow', note: 'dim' };

/** What was found, a line each as compilers print it, and how much it was. */
export function printCheck({ files, findings }: SinkCheck, paint: Paint): string {
  const lines = findings.map(({ file, line, severity, rule, message }) => {
    const place = line === null ? disarm(file) : `${disarm(file)}:${line}`;
    return `${place}: ${paint(colors[severity], severity)}: ${disarm(message)} [${rule}]`;
  });
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  const amounts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const amount = count(severity);
    return amount === 0 ? [] : [`${amount} ${severity}${amount === 1 ? '' : 's'}`];
  });
  const looked = `${files.length} ${files.length === 1 ? 'file' : 'files'} checked`;
  return `${[...lines, `${looked}: ${amounts.length === 0 ? 'nothing is wrong' : amounts.join(', ')}.`].join('\n')}\n`;
}
