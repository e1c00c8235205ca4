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

/** Some clients refuse certificates with a longer lifetime. */
const maxDays = 825;

const flags = {
  server: valueFlag(
    '--server <URL>',
    "the auditlogger's URL for the apiserver; a host alone means https and port 9900; required",
  ),
  source: valueFlag('--source <NAME>', 'the source stored with the events, which are sent to /events/NAME'),
  token: switchFlag('--token', 'the apiserver sends a bearer token instead of a certificate'),
  name: listFlag('--name <NAME>', 'another DNS name or address of the auditlogger, for its certificate'),
  mountPath: valueFlag(
    '--mount-path <DIR>',
    'the path of apiserver/ for the apiserver, for example in its container: the kubeconfig then names the files, which ' +
      'are read again when they change',
    readMountPath,
  ).defaultsToWhat('the kubeconfig contains the files'),
  days: valueFlag('--days <N>', 'the lifetime of certificates', readDays).defaultsTo('365'),
  force: switchFlag('--force', 'replace existing files; the CA in FOLDER is kept'),
  newCa: switchFlag('--new-ca', 'with --force: also replace the CA'),
  output: outputFlag(['text', 'json']),
};

export const command = defineCommand({
  name: 'snoop sink',
  title: 'configure a kube-apiserver to send its audit events to an auditlogger, and check its configuration',
  usage: [
    'snoop sink FOLDER --server URL [options]  write the configuration',
    'snoop sink check FILE... [options]        check a configuration',
  ],
  about: `
Writes audit policy, sink kubeconfig and certificates into FOLDER, and prints the flags that use them. Copy apiserver/
(policy.yaml, sink.kubeconfig and its files) to the machine of the kube-apiserver and auditlogger/ (certificate, key,
and the credentials of senders) to the auditlogger's. Keep ca/ (the CA, whose key signs new certificates).`,
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
  if (folder === '') throw wrongUse('The name of the folder is empty.', usage);
  if (values.newCa && !values.force) throw wrongUse('--new-ca needs --force.', usage);
  const format = values.output;
  const server = readServerAddress(values.server, values.source ?? null);
  if (values.token && !server.isTls) {
    throw wrongUse('A kube-apiserver silently sends no token over http.', 'Use https in --server.');
  }
  const sink = await writeSink({
    folder: resolve(context.cwd, folder),
    server,
    show: values.token ? 'token' : 'certificate',
    names: readNames(values.name ?? []),
    days: values.days,
    mountPath: values.mountPath ?? null,
    force: values.force,
    newCa: values.newCa,
  });
  context.stdout.write(format === 'json' ? formatJson(sink) : printSink(sink));
  return 0;
}

const usage = "For example: snoop sink ./sink --server https://auditlogger.example:9900. See 'snoop sink --help'.";

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= maxDays) return days;
  throw wrongUse(`--days takes a number from 1 to ${maxDays}, not '${text}'.`, 'For example: --days 90');
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
