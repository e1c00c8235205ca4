import type { Context } from '../context.ts';
import type { LintResult, Severity } from '../lint/finding.ts';
import { escapeControlCharacters, formatJson } from '../output/control-characters.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { createPaint, type Paint, shouldUseColor } from '../output/paint.ts';

const colors: Readonly<Record<Severity, 'red' | 'yellow' | 'dim'>> = { error: 'red', warning: 'yellow', note: 'dim' };

/** @returns the exit code: 0 without errors, warnings allowed; 1 with errors */
export function printFindings(result: LintResult, format: 'text' | 'json', context: Context): number {
  const paint = createPaint(shouldUseColor(context.stdout, context.environment));
  const width = readWidth(context.stdout);
  context.stdout.write(format === 'json' ? formatJson(result) : fitText(formatFindings(result, paint), width));
  return result.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** Formats a line for each finding, as compilers print them, and a line with their numbers. */
function formatFindings({ files, findings }: LintResult, paint: Paint): string {
  const lines = findings.map(({ file, line, severity, rule, message }) => {
    const place = line === null ? escapeControlCharacters(file) : `${escapeControlCharacters(file)}:${line}`;
    return `${place}: ${paint(colors[severity], severity)}: ${escapeControlCharacters(message)} [${rule}]`;
  });
  const amounts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const amount = findings.filter((one) => one.severity === severity).length;
    return amount === 0 ? [] : [`${amount} ${severity}${amount === 1 ? '' : 's'}`];
  });
  const checked = `${files.length} ${files.length === 1 ? 'file' : 'files'} checked`;
  return `${[...lines, `${checked}: ${amounts.join(', ') || 'nothing is wrong'}.`].join('\n')}\n`;
}
