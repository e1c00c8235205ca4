import { printFindings } from '../../command-line/print-findings.ts';
import type { Context } from '../../context.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag } from '../../command-line/flags.ts';
import { checkSinkFiles } from '../../lint/audit/check-files.ts';
import { resolve } from 'node:path';

const flags = { output: outputFlag(['text', 'json']) };

export const command = defineCommand({
  name: 'snoop sink check',
  title: 'find settings that hide, lose or delay events',
  usage: ['snoop sink check FILE... [options]'],
  about: `
A FILE is an audit policy, a sink kubeconfig, a kube-apiserver manifest, a kubeadm, kind, k3s or rke2 configuration, a
text with kube-apiserver flags (also as --kube-apiserver-arg=… of k3s and rke2, or --extra-config=apiserver.… of
minikube), a certificate of the auditlogger, or a FOLDER written by 'snoop sink'. Files that these name are checked too,
if they exist here. Any other file is an error.`,
  flags,
  words: '<file...>',
  examples: `
snoop sink check ./sink
snoop sink check /etc/kubernetes/manifests/kube-apiserver.yaml
snoop sink check kubeadm.yaml policy.yaml --output json`,
  exitCodes: '0 no errors, maybe warnings · 1 errors · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  // Keep names as given if they resolve to the same files.
  const paths = positionals.map((path) => (context.cwd === process.cwd() ? path : resolve(context.cwd, path)));
  return printFindings(checkSinkFiles(paths), format, context);
}
