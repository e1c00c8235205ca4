import { defineCommand, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import { parseSeconds } from '../command-line/flag-values.ts';
import { clusterFlags, databaseFlags, outputFlag } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { examine } from '../doctor/doctor.ts';
import { formatResult, formatStation } from '../doctor/print-doctor.ts';
import { formatJson } from '../output/control-characters.ts';
import { createPaint, shouldUseColor } from '../output/paint.ts';
import { readWidth } from '../output/wrap.ts';
import { resolveStateFolder } from '../state-folder.ts';

const flags = {
  output: outputFlag(['text', 'json']),
  ...clusterFlags,
  sink: valueFlag(
    '--sink <FILE>',
    "the sink kubeconfig of the cluster's kube-apiserver, to check its auditlogger with the same credentials",
  ).defaultsToWhat("the local control plane's"),
  namespace: valueFlag('--namespace <NAME>', 'the existing namespace of your live tests, to check rights there').from(
    'SNOOP_NAMESPACE',
  ),
  wait: valueFlag('--wait <SECONDS>', 'how long a probe request may take to SnoopDB', parseSeconds).defaultsToWhat(
    '15 locally, 45 elsewhere',
  ),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop doctor',
  title: 'find which part keeps requests from being recorded, and what to do',
  usage: ['snoop doctor [options]'],
  about: `
Checks each part between the kubeconfig and SnoopDB, in the order in which a request passes them. Sends a few probe
requests as 'snoop/<version>', which read at most one object or write with dryRun=All. Changes nothing in the cluster or
in SnoopDB. docs/doctor.md lists what it can find. --output json is for bug reports, without tokens, passwords or keys.`,
  flags,
  environment: {
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs; set inside a cluster',
    DATABASE_URL: 'the SnoopDB of a cluster named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts',
  },
  examples: `
snoop doctor
snoop doctor --output json > doctor.json
snoop doctor --context kind-snoop \\
  --database-url postgresql://apisnoop@localhost/apisnoop
snoop doctor --kubeconfig admin.conf --sink sink/apiserver/sink.kubeconfig`,
  exitCodes: '0 all right · 1 something is wrong · 2 wrong use · 3 something could not be checked',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, cwd, progress, signal, stdout } = context;
  const paint = createPaint(shouldUseColor(stdout, environment), readWidth(stdout));
  const isText = values.output === 'text';
  const report = await examine(
    {
      kubeconfig: values.kubeconfig,
      context: values.context,
      databaseUrl: values.databaseUrl,
      sink: values.sink,
      namespace: values.namespace ?? environment.namespace,
      waitMs: values.wait,
      stateFolder: resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd }),
      ...{ cwd, environment, progress, signal },
    },
    (station) => {
      if (isText) stdout.write(formatStation(station, paint));
    },
  );
  stdout.write(isText ? formatResult(report) : formatJson(report));
  return report.exitCode;
}
