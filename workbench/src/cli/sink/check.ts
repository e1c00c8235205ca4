import { parseFlags } from '../../command-line/flags.ts';
import { printFindings } from '../../command-line/print-findings.ts';
import type { Context } from '../../context.ts';
import { SnoopError } from '../../errors.ts';

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
  const { checkSinkFiles } = await import('../../lint/audit/check-files.ts');
  const { resolve } = await import('node:path');
  // Names stay as they were given, where they lead to the same from here.
  const paths = positionals.map((path) => (context.cwd === process.cwd() ? path : resolve(context.cwd, path)));
  return printFindings(checkSinkFiles(paths), format, context);
}
