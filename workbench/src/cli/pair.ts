import { isatty } from 'node:tty';
import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { writeFitted } from '../output/wrap.ts';

export const help = `snoop pair: one shared terminal in which two people write tests: an editor, 'snoop test --watch', 'snoop tail'

Usage: snoop pair [FOLDER] [options]   start the shared session, or join the one that runs
       snoop pair --end                end it

With tmate it can be reached from everywhere: its ssh and web addresses, and those for looking on only, are printed to this
terminal and kept nowhere. Who has an address needs nothing else. Without a terminal they are printed, and that is all.
There is one session for a state folder. Ctrl-b d leaves it, and it goes on; so it does when the connection breaks.

FOLDER is the work folder (default: the current one). In a pane whose program has ended, Enter starts it again.

Options:
      --local                     tmux alone, for people who can both log in here (with 'kubectl exec', for example)
      --server HOST               a tmate server of your own (default: the public one that tmate knows, whose operators
                                  could read along)
      --port N                    its port (default: 22)
      --rsa-fingerprint SHA256    the fingerprints of its keys, as 'ssh-keygen -lf' prints them; one is needed, best both
      --ed25519-fingerprint SHA256
      --author NAME               who is named in the reports of the session's tests; may be given several times
      --end                       end the session, and what runs in it
      --output FORMAT             text (default) or json, which leaves the terminal as it is
      --state DIR                 the state folder

Keys in the session:
  Ctrl-b d                leave
  Ctrl-b o or the mouse   the next pane
  Ctrl-b z                one pane, whole screen; again: back
  Ctrl-b [                scroll; q ends it
  Ctrl-b D                who is here; detaches one left behind

Environment:
  VISUAL, EDITOR              the editor (default: what is installed)
  SNOOP_STATE, SNOOP_AUTHOR   as --state and --author
  PATH                        where tmate, tmux and the editor are looked for

Examples:
  snoop pair --local --author ada --author grace
  snoop pair --server tmate.example --port 2200 --ed25519-fingerprint SHA256:... --rsa-fingerprint SHA256:...
  kubectl exec -it -n snoop deploy/workbench -- snoop pair
  snoop pair --output json | jq -r .addresses.ssh
  snoop pair --end

Exit codes: 0 it runs, or you left it; --end: it does not run any more · 2 wrong use · 3 could not do it
`;

const options = {
  local: { type: 'boolean' },
  server: { type: 'string' },
  port: { type: 'string' },
  'rsa-fingerprint': { type: 'string' },
  'ed25519-fingerprint': { type: 'string' },
  author: { type: 'string', multiple: true },
  end: { type: 'boolean' },
  output: { type: 'string' },
  state: { type: 'string' },
} as const;

/** @returns 0: the session runs (or, with `--end`, does not) */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values, positionals } = parseFlags('pair', args, options, true);
  const { environment, progress, signal, cwd, stdout } = context;
  const { parseFormat } = await import('../output/format.ts');
  const { resolveStateFolder } = await import('../state-folder.ts');
  const { readTmateServer } = await import('../pair/tmate-server.ts');
  const format = parseFormat(values.output, ['text', 'json']);
  const { local = false, end = false, author: authors = [], state, output: _output, ...serverFlags } = values;
  const tmateServer = readTmateServer(serverFlags);
  if (local && tmateServer !== null)
    throw wrongUse('--local is without a server, and --server names one.', 'Leave one of them away.');
  if (end && (local || tmateServer !== null || authors.length > 0 || positionals.length > 0))
    throw wrongUse('--end ends the session, whatever it is, and takes nothing else but --state.', usage);
  for (const author of authors) {
    if (author.trim() === '') throw wrongUse('--author names nobody: it is empty.', usage);
  }
  const stateFolder = resolveStateFolder({ state, stateFolder: environment.stateFolder, cwd });
  const session = await import('../pair/session.ts');
  const shared = { stateFolder, env: environment.forPrograms, progress, signal };
  if (end) {
    const ran = await session.endSession(shared);
    progress.say(ran ? 'The shared session is ended.' : `No shared session runs in ${stateFolder}.`);
    return 0;
  }
  const isTerminal = isatty(0) && isatty(1) && format === 'text';
  const kind = local ? 'local' : 'tmate';
  const workFolder = await findWorkFolder(positionals, cwd);
  const joined = await session.startOrJoin({
    ...shared,
    kind,
    tmateServer,
    workFolder,
    authors,
    path: environment.path,
    size: isTerminal ? measureTerminal() : { columns: 200, rows: 50 },
  });
  if (!joined.started && authors.length > 0)
    progress.say(
      "The session runs already, with the authors it was started with. For others: Ctrl-C in its tests' pane, then s, then 'snoop test --watch --author NAME'.",
    );
  if (session.isInside(joined, environment.forPrograms)) {
    progress.say('This terminal is a part of the shared session. Its addresses are printed outside of it only.');
    return 0;
  }
  if (!joined.started && kind === 'tmate' && joined.record.kind === 'local')
    progress.say(
      "The session that runs is a local one, without addresses. For one with: 'snoop pair --end', and again.",
    );
  if (joined.started && kind === 'tmate' && tmateServer === null)
    progress.say(`It goes through a public server (${joined.record.tmateServer}), whose operators could read along.`);
  const { writeJson } = await import('../output/disarm.ts');
  const { describePair, printPair } = await import('../pair/print.ts');
  const pair = await describePair(joined);
  if (format === 'json') stdout.write(writeJson(pair));
  else writeFitted(stdout, printPair(pair));
  if (!isTerminal) return 0;
  const { attach } = await import('../pair/attach.ts');
  const goesOn = await attach(joined, { ask: joined.record.kind === 'tmate', env: environment.forPrograms, signal });
  progress.say(
    goesOn
      ? "The session goes on: 'snoop pair' joins it again, 'snoop pair --end' ends it."
      : 'The shared session is ended.',
  );
  return 0;
}

const usage = "'snoop pair --help' explains all.";

function measureTerminal(): { columns: number; rows: number } {
  const { columns = 200, rows = 50 } = process.stdout;
  return columns > 0 && rows > 0 ? { columns, rows } : { columns: 200, rows: 50 };
}

async function findWorkFolder(positionals: readonly string[], cwd: string): Promise<string> {
  const [named, ...more] = positionals;
  if (more.length > 0) throw wrongUse(`snoop pair takes one work folder, and got ${positionals.join(', ')}.`, usage);
  const { resolve } = await import('node:path');
  const { statSync } = await import('node:fs');
  const folder = resolve(cwd, named ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw wrongUse(`The work folder ${folder} is not there, or is no folder.`, usage);
}
