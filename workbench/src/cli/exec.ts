import { resolve } from 'node:path';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { indirectFlag, outputFlag, runFlags } from '../command-line/flags.ts';
import { printRun } from '../command-line/print-run.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { nameCommand, parseClientName } from '../proxy/client-name.ts';
import { explainUnrecorded } from '../proxy/unrecorded.ts';
import { reportFormats } from '../report/formats.ts';
import { chooseAuthor } from '../run/authors.ts';
import { performCommand } from '../run/perform-command.ts';
import { recordAndReport } from '../run/reported-run.ts';
import { resolveStateFolder } from '../state-folder.ts';

const flags = {
  name: valueFlag(
    '--name <NAME>',
    'the name of the run, at most 80 characters; part of the agent',
    parseClientName,
  ).defaultsToWhat('the program and its subcommand, such as kubectl apply'),
  shell: switchFlag('--shell', 'record all clients in a shell, until exit'),
  output: outputFlag(reportFormats),
  indirect: indirectFlag,
  ...runFlags,
};

export const command = defineCommand({
  name: 'snoop exec',
  title: 'record what any client requests: kubectl, helm, Go, Python, curl',
  usage: ['snoop exec [options] -- <command> [arguments]', 'snoop exec --shell [options]'],
  about: `
Runs the command with a kubeconfig that leads through a proxy on loopback. The proxy adds your credentials, an Audit-ID
and the test agent to each request, and changes nothing else. Clients that read no kubeconfig use SNOOP_PROXY,
SNOOP_PROXY_CA and SNOOP_PROXY_TOKEN. The run is stored like a run of tests, without the command's arguments. What the
command creates stays. The report goes to stderr; stdout is the command's.`,
  flags,
  handsOn: true,
  environment: {
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs; set inside a cluster',
    DATABASE_URL: 'the SnoopDB of a cluster named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts; replaced for the command',
    SHELL: 'the shell of --shell (default: /bin/sh)',
  },
  examples: `
snoop exec -- kubectl apply -f pod.yaml
snoop exec --name 'upgrade test' -- go test ./...
snoop exec --shell
snoop exec -- sh -c 'curl --cacert "$SNOOP_PROXY_CA" \\
  --oauth2-bearer "$SNOOP_PROXY_TOKEN" "$SNOOP_PROXY/version"'`,
  exitCodes:
    'those of the command · 2 wrong use · 3 requests are not recorded · 126, 127 the program cannot be started, does not exist · 128 + n ended by signal n',
  run,
});

async function run({ flags: values, handedOn }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, cwd, progress, stderr, stdout } = context;
  const words = chooseCommand(values.shell === true, handedOn, environment.shell);
  const [program = ''] = words;
  if (!exists(program, context)) {
    stderr.write(`snoop: The program '${program}' does not exist, or is not in PATH.\n`);
    return 127;
  }
  const author = await chooseAuthor({ named: values.author, environment, cwd });
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext, databaseUrl, wait: waitMs } = values;
  const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
  // Arguments may hold secrets.
  const ownWords = context.argv.slice(0, context.argv.indexOf('--') < 0 ? undefined : context.argv.indexOf('--'));
  const stored = values.shell === true ? ownWords : [...ownWords, '--', program];
  const title = values.shell === true ? 'snoop exec --shell' : `snoop exec -- ${program}`;
  return recordAndReport(
    { ...context, argv: stored },
    {
      ...{ user: 'snoop exec', target, stateFolder, author, databaseUrl },
      ...{ passedOnly: false, countsIndirect: values.indirect === true },
      ...(waitMs !== undefined && { waitMs }),
    },
    (record) =>
      performCommand({
        ...{ ...record, command: words, name: values.name ?? nameCommand(words), title },
        env: environment.forPrograms,
        output: stdout === process.stdout ? 'inherit' : 'ignore',
      }),
    (reported, { result, record }) => {
      for (const line of explainUnrecorded(record.requests.length, result.refused)) progress.print(line);
      const code = printRun({ ...context, stdout: stderr }, reported, [{ format: values.output, file: null }]);
      return code === 3 ? 3 : result.exitCode;
    },
  );
}

function chooseCommand(shell: boolean, handedOn: readonly string[], program: string): readonly string[] {
  if (shell && handedOn.length > 0) throw wrongUse('Use either --shell or a command.', "See 'snoop exec --help'.");
  if (shell) return [program];
  if (handedOn.length > 0 && handedOn[0] !== '') return handedOn;
  throw wrongUse('snoop exec needs a command after --.', 'For example: snoop exec -- kubectl get pods');
}

function exists(program: string, { environment, cwd }: Context): boolean {
  if (!program.includes('/')) return findProgram(program, environment.path) !== null;
  return findProgram(resolve(cwd, program), ['/']) !== null;
}
