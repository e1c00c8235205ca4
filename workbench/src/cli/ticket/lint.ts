import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag } from '../../command-line/flags.ts';
import { printFindings } from '../../command-line/print-findings.ts';
import type { Context } from '../../context.ts';
import { lintFiles } from '../../ticket/lint/lint-files.ts';

const flags = { output: outputFlag(['text', 'json']) };

export const command = defineCommand({
  name: 'snoop ticket lint',
  title: 'find what reviewers send back, with its line',
  usage: ['snoop ticket lint FILE... [options]'],
  about: `
Writes the ticket again from its evidence and compares: what a person changed in the text, the results, the outline or
the source is named. What people add (ticked boxes, links, own paragraphs) may stay. Also finds placeholders,
links that lead nowhere, ticked boxes without a link, a wrong N, and evidence that is cut, changed, or counts what does
not count. Of a ticket without evidence it checks what can be checked, and says so.
Of a folder it reads the .md files; '-' is standard input. It needs no SnoopDB.`,
  flags,
  words: '<file...>',
  examples: `
snoop ticket lint ticket.md
snoop ticket lint tickets/ --output json
gh issue view 112890 --json body -q .body | snoop ticket lint -`,
  exitCodes: '0 no errors, maybe warnings · 1 errors · 2 wrong use · 3 a file cannot be read',
  run,
});

async function run({ flags: values, words }: Given<typeof flags>, context: Context): Promise<number> {
  const { cwd, signal } = context;
  const result = await lintFiles(words, { cwd, stdin: process.stdin, signal });
  return printFindings(result, values.output, context);
}
