import { writeFitted } from '../output/wrap.ts';
import { isatty } from 'node:tty';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { endSession, isInside, startOrJoin } from '../pair/session.ts';
import { defineCommand, listFlag, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag, stateFlags } from '../command-line/flags.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { readTmateServer } from '../pair/tmate-server.ts';
import { formatJson } from '../output/control-characters.ts';
import { describePair, printPair } from '../pair/print.ts';
import { attach } from '../pair/attach.ts';
import { resolve } from 'node:path';
import { statSync } from 'node:fs';

const flags = {
  local: switchFlag(
    '--local',
    "tmux alone, for people who can both log in here (with 'kubectl exec', for example)",
  ).conflicts('server'),
  server: valueFlag('--server <HOST>', 'a tmate server of your own').defaultsToWhat(
    'the public one that tmate knows, whose operators could read along',
  ),
  port: valueFlag('--port <N>', 'its port').defaultsToWhat('22'),
  rsaFingerprint: valueFlag(
    '--rsa-fingerprint <SHA256>',
    "a fingerprint of its keys, as 'ssh-keygen -lf' prints it; one of the two is needed, best both",
  ),
  ed25519Fingerprint: valueFlag('--ed25519-fingerprint <SHA256>', 'the other one'),
  author: listFlag('--author <NAME>', "who is named in the reports of the session's tests").from('SNOOP_AUTHOR'),
  end: switchFlag('--end', 'end the session, and what runs in it'),
  output: outputFlag(['text', 'json']),
  ...stateFlags,
};

/** `snoop pair`. Answers 0: the session runs (or, with `--end`, does not). */
export const command = defineCommand({
  name: 'snoop pair',
  title: "one shared terminal in which two people write tests: an editor, 'snoop test --watch', 'snoop tail'",
  usage: [
    'snoop pair [FOLDER] [options]   start the shared session, or join it',
    'snoop pair --end                end it',
  ],
  about: `
With tmate it can be reached from everywhere: its ssh and web addresses, and those for looking on only, are printed to
this terminal and kept nowhere. Who has an address needs nothing else. Without a terminal they are printed, and that is
all; --output json leaves the terminal as it is. There is one session for a state folder. Ctrl-b d leaves it, and it
goes on; so it does when the connection breaks.

FOLDER is the work folder (default: the current one). In a pane whose program has ended, Enter starts it again.`,
  flags,
  words: '[folder]',
  sections: [
    {
      title: 'Keys in the session',
      items: {
        'Ctrl-b d': 'leave',
        'Ctrl-b o': 'the next pane, as the mouse does',
        'Ctrl-b D': 'who is here; detaches one left behind',
        'Ctrl-b z': 'one pane, whole screen; again: back',
        'Ctrl-b [': 'scroll; q ends it',
      },
    },
  ],
  environment: {
    'VISUAL, EDITOR': 'the editor (default: what is installed)',
    PATH: 'where tmate, tmux and the editor are looked for',
  },
  examples: `
snoop pair --local --author ada --author grace
snoop pair --server tmate.example --port 2200 \\
  --ed25519-fingerprint SHA256:... --rsa-fingerprint SHA256:...
kubectl exec -it -n snoop deploy/workbench -- snoop pair
snoop pair --output json | jq -r .addresses.ssh
snoop pair --end`,
  exitCodes: '0 it runs, or you left it; --end: it does not run any more · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd, stdout } = context;
  const format = values.output;
  const { local, end, author: authors = [], state } = values;
  const tmateServer = readTmateServer(values);
  if (end && (local || tmateServer !== null || authors.length > 0 || positionals.length > 0))
    throw wrongUse('--end ends the session, whatever it is, and takes nothing else but --state.', usage);
  for (const author of authors) {
    if (author.trim() === '') throw wrongUse('--author names nobody: it is empty.', usage);
  }
  const stateFolder = resolveStateFolder({ state, stateFolder: environment.stateFolder, cwd });
  const shared = { stateFolder, env: environment.forPrograms, progress, signal };
  if (end) {
    const ran = await endSession(shared);
    progress.print(ran ? 'The shared session is ended.' : `No shared session runs in ${stateFolder}.`);
    return 0;
  }
  const isTerminal = isatty(0) && isatty(1) && format === 'text';
  const kind = local ? 'local' : 'tmate';
  const workFolder = await findWorkFolder(positionals, cwd);
  const joined = await startOrJoin({
    ...shared,
    kind,
    tmateServer,
    workFolder,
    authors,
    path: environment.path,
    size: isTerminal ? measureTerminal() : { columns: 200, rows: 50 },
  });
  if (!joined.started && authors.length > 0)
    progress.print(
      "The session runs already, with the authors it was started with. For others: Ctrl-C in its tests' pane, then s, then 'snoop test --watch --author NAME'.",
    );
  if (isInside(joined, environment.forPrograms)) {
    progress.print('This terminal is a part of the shared session. Its addresses are printed outside of it only.');
    return 0;
  }
  if (!joined.started && kind === 'tmate' && joined.record.kind === 'local')
    progress.print(
      "The session that runs is a local one, without addresses. For one with: 'snoop pair --end', and again.",
    );
  if (joined.started && kind === 'tmate' && tmateServer === null)
    progress.print(`It goes through a public server (${joined.record.tmateServer}), whose operators could read along.`);
  const pair = await describePair(joined);
  if (format === 'json') stdout.write(formatJson(pair));
  else writeFitted(stdout, printPair(pair));
  if (!isTerminal) return 0;
  const goesOn = await attach(joined, { ask: joined.record.kind === 'tmate', env: environment.forPrograms, signal });
  progress.print(
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
  const [named] = positionals;
  const folder = resolve(cwd, named ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw wrongUse(`The work folder ${folder} is not there, or is no folder.`, usage);
}
