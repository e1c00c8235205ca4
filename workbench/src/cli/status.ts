import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import type { StoppedStatus } from '../control-plane/status.ts';
import { wrongUse } from '../errors.ts';
import { writeJson } from '../output/disarm.ts';
import { readWidth } from '../output/wrap.ts';

export const help = `snoop status: what runs, where, since when, how many audit events arrived, how many are held, and how many wait

Usage: snoop status [options]

Options:
  --output FORMAT   text or json (default: text)
  --state DIR       the state folder (default: .snoop in the project)

Examples:
  snoop status
  snoop status --output json | jq -r .auditlogger.url
  snoop status --output json | jq -r '.nodes[].name'      # of a kind cluster

It speaks of the kind cluster when this state has one; when it has none of its own, of the cluster of SNOOP_KUBECONFIG
and the SnoopDB of DATABASE_URL, as in a workbench's Pod.

Environment:
  SNOOP_STATE       the state folder
  SNOOP_KUBECONFIG  the cluster to look at where the state has none
  DATABASE_URL      its SnoopDB

Exit codes: 0 it runs · 1 it does not
`;

const options = { output: { type: 'string' }, state: { type: 'string' } } as const;

/** @returns 0: it runs; 1: it does not */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('status', args, options);
  const output = values.output ?? 'text';
  if (output !== 'text' && output !== 'json') {
    throw wrongUse(`There is no output format '${output}'.`, 'There are: text, json.');
  }
  const { environment, cwd, stdout, signal } = context;
  const { resolveStateFolder } = await import('../state-folder.ts');
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { describeKindCluster } = await import('../kind/status.ts');
  const kind = await describeKindCluster(folder, environment, signal);
  if (kind) {
    const { printKind } = await import('./status/print-kind.ts');
    stdout.write(output === 'json' ? writeJson(kind) : printKind(kind, readWidth(stdout)));
    return kind.running ? 0 : 1;
  }
  const { describeControlPlane } = await import('../control-plane/status.ts');
  const { printControlPlane } = await import('./status/print-control-plane.ts');
  const status = await describeControlPlane(folder);
  if (!status.running && keepsNothing(status)) {
    const { describeNamed } = await import('../cluster-choice/named-status.ts');
    const named = await describeNamed(environment, cwd);
    if (named) {
      const { printNamedCluster } = await import('./status/print-named.ts');
      stdout.write(output === 'json' ? writeJson(named) : printNamedCluster(named, readWidth(stdout)));
      return named.running ? 0 : 1;
    }
  }
  stdout.write(output === 'json' ? writeJson(status) : printControlPlane(status, readWidth(stdout)));
  return status.running ? 0 : 1;
}

/** There is nothing here that `up` or `down` would go on with. */
function keepsNothing({ release, failure, leftovers, phase }: StoppedStatus): boolean {
  return release === null && failure === null && leftovers.length === 0 && phase === 'stopped';
}
