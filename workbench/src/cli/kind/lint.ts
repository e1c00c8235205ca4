import { parseFlags } from '../../command-line/flags.ts';
import { printFindings } from '../../command-line/print-findings.ts';
import type { Context } from '../../context.ts';
import { SnoopError } from '../../errors.ts';

const options = { release: { type: 'string' }, output: { type: 'string' } } as const;

/** @returns 0: nothing is wrong, or there are warnings only; 1: something is */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values, positionals } = parseFlags('kind', args, options, true);
  const { parseFormat } = await import('../../output/format.ts');
  const format = parseFormat(values.output, ['text', 'json']);
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    const got = path === undefined ? '' : `, and got ${positionals.join(', ')}`;
    throw new SnoopError('wrong_use', `snoop kind lint wants to know one kind configuration${got}.`, {
      exitCode: 2,
      advice: ['For example: snoop kind lint kind/kind.yaml'],
    });
  }
  const { parseRelease } = await import('../../release.ts');
  const release = values.release === undefined ? null : parseRelease(values.release);
  const { lintKindConfig } = await import('../../lint/kind/lint.ts');
  return printFindings(lintKindConfig(path, { cwd: context.cwd, release }), format, context);
}
