import type { SinkCheck } from '../../sink/check/check-files.ts';
import type { Severity } from '../../sink/check/finding.ts';
import { SnoopError } from '../../errors.ts';
import { disarm, writeJson } from '../../output/disarm.ts';
import { createPaint, type Paint, wantsColor } from '../../output/paint.ts';
import type { Context } from '../context.ts';
import { parseFlags } from '../flags.ts';

const options = { output: { type: 'string' } } as const;

/** @returns 0: nothing is wrong; 1: something is */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values, positionals } = parseFlags('sink', args, options, true);
  const { parseFormat } = await import('../../output/format.ts');
  const format = parseFormat(values.output, ['text', 'json']);
  if (positionals.length === 0) {
    throw new SnoopError('wrong_use', 'snoop sink check wants to know what to check.', {
      exitCode: 2,
      advice: ['For example: snoop sink check /etc/kubernetes/manifests/kube-apiserver.yaml'],
    });
  }
  const { checkSinkFiles } = await import('../../sink/check/check-files.ts');
  const { resolve } = await import('node:path');
  // Names stay as they were given, where they lead to the same from here.
  const paths = positionals.map((path) => (context.cwd === process.cwd() ? path : resolve(context.cwd, path)));
  const check = checkSinkFiles(paths);
  const paint = createPaint(wantsColor(context.stdout, context.environment));
  context.stdout.write(format === 'json' ? writeJson(check) : print(check, paint));
  return check.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const colors: Readonly<Record<Severity, 'red' | 'yellow' | 'dim'>> = { error: 'red', warning: 'yellow', note: 'dim' };

function print({ files, findings }: SinkCheck, paint: Paint): string {
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
