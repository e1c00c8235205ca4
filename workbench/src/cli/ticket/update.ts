import { diffArrays } from 'diff';
import { relative } from 'node:path';
import type { Context } from '../../context.ts';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import { writeFitted } from '../../output/wrap.ts';
import { planUpdate, writeUpdate } from '../../ticket/comparison/update-file.ts';
import type { Overwritten } from '../../ticket/comparison/update-section.ts';
import type { TicketEvidence } from '../../ticket/evidence.ts';

/**
 * Writes a file's ticket again.
 * @param force whether to overwrite what a person changed in written text
 * @returns the exit code: 0 written, 1 refused
 */
export async function updateFile(
  file: string,
  evidence: TicketEvidence,
  force: boolean,
  context: Context,
): Promise<number> {
  const { cwd, stdout, progress, signal } = context;
  const update = await planUpdate(file, evidence, { cwd, stdin: process.stdin, signal });
  const { overwritten, lost } = update;
  if (overwritten.length > 0) {
    if (lost !== null) progress.print(`It is unknown what was changed in ${file}. ${lost}`);
    stdout.write(formatOverwritten(file, overwritten));
    if (!force) {
      progress.print(`${file} was changed where 'snoop ticket' writes, and is left as it is. --force overwrites this.`);
      return 1;
    }
  }
  if (!update.isChanged) {
    writeFitted(stdout, `${file} is up to date.\n`);
    return 0;
  }
  const attachment = writeUpdate(update);
  const attach = attachment === null ? '' : `Attach  ${relative(cwd, attachment)}: drag it into the issue\n`;
  writeFitted(stdout, `Title   ${update.ticket.title}\nUpdated ${file}\n${attach}`);
  return 0;
}

/** Formats what is overwritten as a diff, by line of the file. */
function formatOverwritten(file: string, overwritten: readonly Overwritten[]): string {
  const lines = overwritten.flatMap(({ line, found, written }) => [
    line === null ? `@@ ${file}, removed @@` : `@@ ${file}:${line} @@`,
    ...formatDifference([...found], [...written]),
  ]);
  return `${lines.map(escapeControlCharacters).join('\n')}\n`;
}

function formatDifference(found: string[], written: string[]): string[] {
  const changes = diffArrays(found, written, { maxEditLength: 2000 }) ?? [
    { added: false, removed: true, value: found },
    { added: true, removed: false, value: written },
  ];
  return changes
    .filter(({ added, removed }) => added || removed)
    .flatMap(({ added, value }) => value.map((text) => `${added ? '+' : '-'}${text}`));
}
