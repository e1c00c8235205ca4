import { wrongUse } from '../errors.ts';
import type { Context } from '../context.ts';
import { parseFlags } from '../command-line/flags.ts';

export const help = `snoop sink: what a kube-apiserver needs to send its audit events to an auditlogger, and what is wrong with what it has

Usage: snoop sink FOLDER --server URL [options]   write audit policy, sink kubeconfig, certificates; print the flags that use them
       snoop sink check FILE... [options]         find what hides events, loses or delays them

Writes into FOLDER: apiserver/ (policy.yaml, sink.kubeconfig and what it needs) for the machine of the kube-apiserver, auditlogger/
(certificate, key, and what senders are known by) for the auditlogger's, authority/ (its key signs new certificates) for you.

Options:
      --server URL         where the apiserver reaches the auditlogger; a host alone means https and port 9900
      --source NAME        the name that SnoopDB stores with the events: they go to /events/NAME
      --token              the apiserver shows a bearer token instead of a certificate
      --name NAME          another DNS name or address of the auditlogger, for its certificate; may be given several times
      --mount-path DIR     where the apiserver finds the files of apiserver/, in its container for example: the kubeconfig names them
                           there, and they are read again when they change (default: it holds all of them itself)
      --days N             how long certificates are good (default: 365)
      --force              replace files that are there; the authority in FOLDER is used again and stays trusted
      --new-authority      with --force: make a new authority, too
      --output FORMAT      text (default) or json

A FILE to check is an audit policy, a sink kubeconfig, a kube-apiserver manifest, a kubeadm, kind, k3s or rke2 configuration, a text
with kube-apiserver flags (also as --kube-apiserver-arg=… of k3s and rke2, or --extra-config=apiserver.… of minikube), a certificate of
the auditlogger, or a FOLDER as above. Files that they name are checked as well, when they are here. A file that holds none of this
is an error.

Examples:
  snoop sink ./sink --server https://auditlogger.example:9900 --source my-cluster
  snoop sink ./sink --server 10.0.0.5 --token --mount-path /etc/kubernetes/audit
  snoop sink check ./sink
  snoop sink check /etc/kubernetes/manifests/kube-apiserver.yaml
  snoop sink check kubeadm.yaml policy.yaml --output json

Exit codes: 0 written; check: nothing is wrong, or there are warnings only · 1 check: something is wrong · 2 wrong use · 3 could not do it
`;

const options = {
  server: { type: 'string' },
  source: { type: 'string' },
  token: { type: 'boolean' },
  name: { type: 'string', multiple: true },
  'mount-path': { type: 'string' },
  days: { type: 'string' },
  force: { type: 'boolean' },
  'new-authority': { type: 'boolean' },
  output: { type: 'string' },
} as const;

/** @returns 0: written; or what the sub-command returns */
export async function run(args: readonly string[], context: Context): Promise<number> {
  if (args[0] === 'check') return (await import('./sink/check.ts')).run(args.slice(1), context);
  const { values, positionals } = parseFlags('sink', args, options, true);
  const [folder, ...more] = positionals;
  if (folder === undefined || folder === '') throw wrongUse('snoop sink wants to know a folder to write to.', usage);
  if (more.length > 0) throw wrongUse(`snoop sink writes to one folder, and got ${positionals.join(', ')}.`, usage);
  if (values.server === undefined)
    throw wrongUse('snoop sink wants to know where the auditlogger is: --server.', usage);
  if (values['new-authority'] && !values.force) throw wrongUse('--new-authority goes with --force.', usage);
  const { parseFormat } = await import('../output/format.ts');
  const format = parseFormat(values.output, ['text', 'json']);
  const { readServerAddress } = await import('../sink/server-address.ts');
  const server = readServerAddress(values.server, values.source ?? null);
  if (values.token && !server.isTls) {
    throw wrongUse('A kube-apiserver sends no token over http, and says nothing about it.', 'Use https in --server.');
  }
  const { writeSink } = await import('../sink/write-sink.ts');
  const { resolve } = await import('node:path');
  const sink = await writeSink({
    folder: resolve(context.cwd, folder),
    server,
    show: values.token ? 'token' : 'certificate',
    names: readNames(values.name ?? []),
    days: readDays(values.days),
    mountPath: readMountPath(values['mount-path']),
    force: values.force ?? false,
    newAuthority: values['new-authority'] ?? false,
  });
  const { writeJson } = await import('../output/disarm.ts');
  const { printSink } = await import('./sink/print-sink.ts');
  context.stdout.write(format === 'json' ? writeJson(sink) : printSink(sink));
  return 0;
}

const usage =
  "For example: snoop sink ./sink --server https://auditlogger.example:9900. 'snoop sink --help' explains all.";

/** Of certificates that last longer, some clients believe nothing. */
const mostDays = 825;

function readDays(text: string | undefined): number {
  const days = Number(text ?? 365);
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

function readMountPath(path: string | undefined): string | null {
  if (path === undefined) return null;
  if (path.startsWith('/') && path.length > 1) return path.replace(/\/+$/, '');
  throw wrongUse(
    `--mount-path takes an absolute path, not '${path}'.`,
    'For example: --mount-path /etc/kubernetes/audit',
  );
}
