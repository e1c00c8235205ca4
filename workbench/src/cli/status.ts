import type { Context } from '../context.ts';
import { describeNamed } from '../cluster-choice/named-status.ts';
import type { StoppedStatus } from '../control-plane/status.ts';
import { printNamedCluster } from './status/print-named.ts';
import { formatJson } from '../output/control-characters.ts';
import { readWidth } from '../output/wrap.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag, stateFlags } from '../command-line/flags.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { describeKindCluster } from '../kind/status.ts';
import { printKind } from './status/print-kind.ts';
import { describeControlPlane } from '../control-plane/status.ts';
import { printControlPlane } from './status/print-control-plane.ts';

const flags = { output: outputFlag(['text', 'json']), ...stateFlags };

export const command = defineCommand({
  name: 'snoop status',
  title: 'what runs, where, since when, and how many audit events arrived, are stored, and wait',
  usage: ['snoop status [options]'],
  about:
    "Shows the state folder's kind cluster, else its control plane. Without both, as in the Pod of a workbench, shows " +
    'the cluster of SNOOP_KUBECONFIG and the SnoopDB of DATABASE_URL.',
  flags,
  examples: `
snoop status
snoop status --output json | jq -r .auditlogger.url
snoop status --output json | jq -r '.nodes[].name'    # of a kind cluster`,
  exitCodes: '0 it runs · 1 it does not · 2 wrong use',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { output } = values;
  const { environment, cwd, stdout, signal } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const kind = await describeKindCluster(folder, environment, signal);
  if (kind) {
    stdout.write(output === 'json' ? formatJson(kind) : printKind(kind, readWidth(stdout)));
    return kind.running ? 0 : 1;
  }
  const status = await describeControlPlane(folder);
  if (!status.running && isEmptyState(status)) {
    const named = await describeNamed(environment, cwd);
    if (named) {
      stdout.write(output === 'json' ? formatJson(named) : printNamedCluster(named, readWidth(stdout)));
      return named.running ? 0 : 1;
    }
  }
  stdout.write(output === 'json' ? formatJson(status) : printControlPlane(status, readWidth(stdout)));
  return status.running ? 0 : 1;
}

/** Whether the state folder has nothing for `up` or `down` to continue. */
function isEmptyState({ release, failure, leftovers, phase }: StoppedStatus): boolean {
  return release === null && failure === null && leftovers.length === 0 && phase === 'stopped';
}
