import { wrongUse } from '../errors.ts';
import { command as check } from './sink/check.ts';
import type { Context } from '../context.ts';
import { defineCommand, listFlag, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag } from '../command-line/flags.ts';
import { readServerAddress } from '../sink/server-address.ts';
import { writeSink } from '../sink/write-sink.ts';
import { resolve } from 'node:path';
import { formatJson } from '../output/control-characters.ts';
import { printSink } from './sink/print-sink.ts';

/** Of certificates that last longer, some clients believe nothing. */
const mostDays = 825;

const flags = {
  server: valueFlag(
    '--server <URL>',
    'where the apiserver reaches the auditlogger; a host alone means https and port 9900; needed',
  ),
  source: valueFlag('--source <NAME>', 'the name that SnoopDB stores with the events: they go to /events/NAME'),
  token: switchFlag('--token', 'the apiserver shows a bearer token instead of a certificate'),
  name: listFlag('--name <NAME>', 'another DNS name or address of the auditlogger, for its certificate'),
  mountPath: valueFlag(
    '--mount-path <DIR>',
    'where the apiserver finds the files of apiserver/, in its container for example: the kubeconfig names them there, ' +
      'and they are read again when they change',
    readMountPath,
  ).defaultsToWhat('the kubeconfig holds all of them itself'),
  days: valueFlag('--days <N>', 'how long certificates are good', readDays).defaultsTo('365'),
  force: switchFlag(
    '--force',
    'replace files that are there; the authority in FOLDER is used again, and stays trusted',
  ),
  newAuthority: switchFlag('--new-authority', 'with --force: make a new authority, too'),
  output: outputFlag(['text', 'json']),
};

/** `snoop sink`. Answers 0: written. */
export const command = defineCommand({
  name: 'snoop sink',
  title: 'what a kube-apiserver needs to send its audit events to an auditlogger, and what is wrong with what it has',
  usage: [
    'snoop sink FOLDER --server URL [options]  write what it needs',
    'snoop sink check FILE... [options]        say what hides, delays events',
  ],
  about: `
Writes audit policy, sink kubeconfig and certificates into FOLDER, and prints the flags that use them: apiserver/
(policy.yaml, sink.kubeconfig and what it needs) for the machine of the kube-apiserver, auditlogger/ (certificate, key,
and what senders are known by) for the auditlogger's, authority/ (its key signs new certificates) for you.`,
  flags,
  words: '<folder>',
  commands: [check],
  examples: `
snoop sink ./sink --server https://auditlogger.example:9900 \\
  --source my-cluster
snoop sink ./sink --server 10.0.0.5 --token \\
  --mount-path /etc/kubernetes/audit
snoop sink check ./sink`,
  exitCodes: '0 written · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [folder = ''] = positionals;
  if (values.server === undefined) throw wrongUse('snoop sink needs --server URL.', usage);
  if (folder === '') throw wrongUse('The folder to write to has no name: it is empty.', usage);
  if (values.newAuthority && !values.force) throw wrongUse('--new-authority goes with --force.', usage);
  const format = values.output;
  const server = readServerAddress(values.server, values.source ?? null);
  if (values.token && !server.isTls) {
    throw wrongUse('A kube-apiserver sends no token over http, and says nothing about it.', 'Use https in --server.');
  }
  const sink = await writeSink({
    folder: resolve(context.cwd, folder),
    server,
    show: values.token ? 'token' : 'certificate',
    names: readNames(values.name ?? []),
    days: values.days,
    mountPath: values.mountPath ?? null,
    force: values.force,
    newCa: values.newAuthority,
  });
  context.stdout.write(format === 'json' ? formatJson(sink) : printSink(sink));
  return 0;
}

const usage =
  "For example: snoop sink ./sink --server https://auditlogger.example:9900. 'snoop sink --help' explains all.";

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= mostDays) return days;
  throw wrongUse(`--days takes a number from 1 to ${mostDays}, not '${text}'.`, 'For example: --days 90');
}

function readNames(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (/^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name) || /^[0-9a-f:.]+$/i.test(name)) continue;
    throw wrongUse(`--name takes a DNS name or an address, not '${name}'.`, 'For example: --name auditlogger.example');
  }
  return names;
}

function readMountPath(path: string): string {
  if (path.startsWith('/') && path.length > 1) return path.replace(/\/+$/, '');
  throw wrongUse(
    `--mount-path takes an absolute path, not '${path}'.`,
    'For example: --mount-path /etc/kubernetes/audit',
  );
}
