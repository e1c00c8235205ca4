import { printFindings } from '../../command-line/print-findings.ts';
import type { Context } from '../../context.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag } from '../../command-line/flags.ts';
import { parseRelease } from '../../release.ts';
import { lintKindConfig } from '../../lint/kind/lint.ts';

const flags = {
  release: valueFlag('--release <X.Y.Z>', 'a Kubernetes release').defaultsToWhat(
    "the node images' tags; without tags, all releases",
  ),
  output: outputFlag(['text', 'json']),
};

export const command = defineCommand({
  name: 'snoop kind lint',
  title: 'find settings of a kind configuration that silently do not work',
  usage: ['snoop kind lint FILE [options]'],
  flags,
  words: '<file>',
  examples: 'snoop kind lint kind/kind.yaml --release 1.34.0',
  exitCodes: '0 no errors, maybe warnings · 1 errors · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  const [path = ''] = positionals;
  const release = values.release === undefined ? null : parseRelease(values.release);
  return printFindings(lintKindConfig(path, { cwd: context.cwd, release }), format, context);
}
