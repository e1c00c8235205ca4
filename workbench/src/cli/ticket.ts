import { relative, resolve } from 'node:path';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { type DatabaseInUse, withDatabase } from '../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { writeFitted } from '../output/wrap.ts';
import { prepareRun } from '../run/prepare-run.ts';
import { collectEvidence } from '../ticket/collect-evidence.ts';
import { describeFiling, type Filing } from '../ticket/filing.ts';
import { listFaults, listNotes } from '../ticket/notes.ts';
import { refuseExisting, writeTicketFiles } from '../ticket/write-files.ts';
import { type Ticket, writeTicket } from '../ticket/write-ticket.ts';
import { command as lint } from './ticket/lint.ts';
import { updateFile } from './ticket/update.ts';

/** As the schema of the evidence allows. */
const maxRuns = 20;

const flags = {
  out: valueFlag('--out <FILE>', 'the file to write; it must not exist').defaultsToWhat('standard output'),
  update: valueFlag('--update <FILE>', 'a ticket to write again; what people added to it is kept'),
  force: switchFlag('--force', 'with --update: also overwrite what people changed in written text'),
  outlineOnly: switchFlag('--outline-only', 'the outline alone, to agree on before there is code'),
  requireClean: switchFlag(
    '--require-clean',
    'write nothing if a run is incomplete, failed, or of a working tree with uncommitted changes',
  ),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop ticket',
  title: 'write the issue about a mock test, with its evidence',
  usage: ['snoop ticket [run ...] [options]', 'snoop ticket <command> [options]'],
  about: `
Writes an issue in Markdown from one run or several (default: last), with the sections that reviewers know: the query
that found the endpoints, references, the outline from the steps, the source and what it printed, what it hit, and by
how many points conformance coverage would rise. The title names that number, or what the tests raise instead. The
last block holds the evidence: with it, anybody can write the same ticket again.
It never holds bodies, headers or kubeconfigs; read what your tests print before you file it. It sends nothing: it
prints the command that files it.
--update keeps ticked boxes, links, and paragraphs and sections of your own. It shows what it would overwrite, and
refuses without --force.`,
  flags,
  words: '[run...]',
  commands: [lint],
  environment: databaseEnvironment,
  examples: `
snoop ticket                              # the newest run, on stdout
snoop ticket --out ticket.md              # and the command that files it
snoop ticket last~1 last --require-clean --out ticket.md
snoop ticket --outline-only > outline.md  # before the test is written
snoop ticket --update ticket.md           # from a newer run
snoop ticket lint ticket.md`,
  exitCodes:
    '0 written · 1 a run is not clean (--require-clean), or people changed written text (--update) · 2 no such run, the file exists, or wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words }: Given<typeof flags>, context: Context): Promise<number> {
  const { cwd, stdout, progress } = context;
  const out = values.out === undefined ? null : resolve(cwd, values.out);
  if (out !== null) refuseExisting(out, cwd);
  if (out !== null && values.update !== undefined) throw wrongUse('Use either --out or --update.');
  if (values.force === true && values.update === undefined) throw wrongUse('--force needs --update.');
  if (words.length > maxRuns) throw wrongUse(`A ticket holds at most ${maxRuns} runs; these are ${words.length}.`);
  return withDatabase(context, values, { user: 'snoop ticket' }, async (database) => {
    const ids = await prepareRuns(words, database, context);
    const evidence = await collectEvidence(database.pool, ids, { outlineOnly: values.outlineOnly === true });
    const ticket = writeTicket(evidence);
    const { runs } = ticket.claims;
    const faults = runs.flatMap((one) => listFaults(one, runs.length));
    if (values.requireClean && faults.length > 0) {
      progress.print(['No ticket was written (--require-clean):', ...faults.map((fault) => `  ${fault}`)].join('\n'));
      return 1;
    }
    for (const note of listNotes(ticket.claims)) progress.print(`Note: ${note}`);
    if (values.update !== undefined) return updateFile(values.update, evidence, values.force === true, context);
    if (out === null) {
      if (ticket.attachment !== null) throw createTooLong();
      stdout.write(ticket.body);
      progress.print(formatFiling(ticket, describeFiling(ticket, evidence, '-'), null));
      return 0;
    }
    const attachment = await writeTicketFiles(ticket, out, cwd);
    const filing = describeFiling(ticket, evidence, relative(cwd, out) || out);
    writeFitted(stdout, `${formatFiling(ticket, filing, attachment === null ? null : relative(cwd, attachment))}\n`);
    return 0;
  });
}

function formatFiling({ title }: Ticket, { command: file, url }: Filing, attachment: string | null): string {
  return [
    `Title   ${title}`,
    ...(attachment === null ? [] : [`Attach  ${attachment}: drag it into the issue`]),
    `File    ${file}`,
    ...(url === null ? [] : [`Or      ${url}`]),
  ].join('\n');
}

/** The ids of the named runs, each once. */
async function prepareRuns(
  words: readonly string[],
  database: DatabaseInUse,
  { progress }: Context,
): Promise<string[]> {
  const { stateFolder, target } = database;
  const ids = new Set<string>();
  for (const word of words.length > 0 ? words : ['last']) {
    ids.add(await prepareRun(word, { database, stateFolder, target, progress }));
  }
  return [...ids];
}

function createTooLong(): SnoopError {
  return new SnoopError(
    'ticket_too_long',
    'The evidence does not fit into an issue, and needs a file beside the ticket.',
    {
      exitCode: 2,
      advice: ['Name the file of the ticket: snoop ticket --out ticket.md'],
    },
  );
}
