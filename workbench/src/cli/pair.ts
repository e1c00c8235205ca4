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
  local: switchFlag('--local', "only tmux, if both people can log in here (for example with 'kubectl exec')").conflicts(
    'server',
  ),
  server: valueFlag('--server <HOST>', 'your own tmate server').defaultsToWhat(
    "tmate's public server, whose operators could read along",
  ),
  port: valueFlag('--port <N>', 'its port').defaultsToWhat('22'),
  rsaFingerprint: valueFlag(
    '--rsa-fingerprint <SHA256>',
    "the fingerprint of its RSA key, as 'ssh-keygen -lf' prints it; at least one of the two is required",
  ),
  ed25519Fingerprint: valueFlag('--ed25519-fingerprint <SHA256>', 'the fingerprint of its Ed25519 key'),
  author: listFlag('--author <NAME>', "the author named in reports of the session's tests").from('SNOOP_AUTHOR'),
  end: switchFlag('--end', 'end the session and its programs'),
  output: outputFlag(['text', 'json']),
  ...stateFlags,
};

export const command = defineCommand({
  name: 'snoop pair',
  title: "a shared terminal in which two people write tests: an editor, 'snoop test --watch', 'snoop tail'",
  usage: [
    'snoop pair [FOLDER] [options]   start the shared session, or join it',
    'snoop pair --end                end it',
  ],
  about: `
With tmate the session can be joined from anywhere: its ssh and web addresses, also read-only ones, are printed to this
terminal and not stored. An address is all that is needed to join. Without a terminal, or with --output json, the
addresses are printed and the session is not joined. A state folder has one session. It continues after Ctrl-b d and
after a broken connection.

FOLDER is the work folder (default: the current one). Enter restarts a pane's program after it has ended.`,
  flags,
  words: '[folder]',
  sections: [
    {
      title: 'Keys in the session',
      items: {
        'Ctrl-b d': 'leave',
        'Ctrl-b o': 'the next pane, like a mouse click',
        'Ctrl-b D': 'list the clients, and detach one',
        'Ctrl-b z': 'zoom a pane in and out',
        'Ctrl-b [': 'scroll; q ends it',
      },
    },
  ],
  environment: {
    'VISUAL, EDITOR': 'the editor (default: one that is installed)',
    PATH: 'where to find tmate, tmux and the editor',
  },
  examples: `
snoop pair --local --author ada --author grace
snoop pair --server tmate.example --port 2200 \\
  --ed25519-fingerprint SHA256:... --rsa-fingerprint SHA256:...
kubectl exec -it -n snoop deploy/workbench -- snoop pair
snoop pair --output json | jq -r .addresses.ssh
snoop pair --end`,
  exitCodes: '0 it runs, or you left it; --end: it does not run · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd, stdout } = context;
  const format = values.output;
  const { local, end, author: authors = [], state } = values;
  const tmateServer = readTmateServer(values);
  if (end && (local || tmateServer !== null || authors.length > 0 || positionals.length > 0))
    throw wrongUse('--end can be combined only with --state and --output.', usage);
  if (authors.some((author) => author.trim() === '')) throw wrongUse('--author is empty.', usage);
  const stateFolder = resolveStateFolder({ state, stateFolder: environment.stateFolder, cwd });
  const shared = { stateFolder, env: environment.forPrograms, progress, signal };
  if (end) {
    const ran = await endSession(shared);
    progress.print(ran ? 'The shared session has ended.' : `No shared session runs in ${stateFolder}.`);
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
      "The session already runs, with its own authors. To change them: Ctrl-C in the tests' pane, then s, then 'snoop test --watch --author NAME'.",
    );
  if (isInside(joined, environment.forPrograms)) {
    progress.print('This terminal is part of the shared session, whose addresses are printed only outside of it.');
    return 0;
  }
  if (!joined.started && kind === 'tmate' && joined.record.kind === 'local')
    progress.print(
      "The running session is local, without addresses. For one with addresses: 'snoop pair --end', then this again.",
    );
  if (joined.started && kind === 'tmate' && tmateServer === null)
    progress.print(
      `The session uses a public server (${joined.record.tmateServer}), whose operators could read along.`,
    );
  const pair = await describePair(joined);
  if (format === 'json') stdout.write(formatJson(pair));
  else writeFitted(stdout, printPair(pair));
  if (!isTerminal) return 0;
  const stillRuns = await attach(joined, { ask: joined.record.kind === 'tmate', env: environment.forPrograms, signal });
  progress.print(
    stillRuns
      ? "The session still runs: 'snoop pair' joins it again, 'snoop pair --end' ends it."
      : 'The shared session has ended.',
  );
  return 0;
}

const usage = "See 'snoop pair --help'.";

function measureTerminal(): { columns: number; rows: number } {
  const { columns = 200, rows = 50 } = process.stdout;
  return columns > 0 && rows > 0 ? { columns, rows } : { columns: 200, rows: 50 };
}

async function findWorkFolder(positionals: readonly string[], cwd: string): Promise<string> {
  const [named] = positionals;
  const folder = resolve(cwd, named ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw wrongUse(`The work folder ${folder} does not exist or is not a folder.`, usage);
}
