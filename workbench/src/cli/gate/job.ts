import { choiceFlag, defineCommand, type Given, parseCommand, valueFlag } from '@snoop/snoopdb/command-line';
import type { Context } from '../../context.ts';
import { SnoopError, wrongUse } from '../../errors.ts';
import { checkGateFlags, jobSystems, readAction, readImage, readJobName } from '../../gate/job/job-options.ts';
import { writeJob } from '../../gate/job/write-job.ts';
import { checkFlags } from '../../gate/sources/flags.ts';
import { findNames } from '../../gate/sources/places.ts';
import { createRules, gateFlags, nameSources, refuseFlagsOfHits } from './flags.ts';

const flags = {
  for: choiceFlag('--for <SYSTEM>', 'what runs the job', jobSystems).needed(),
  image: valueFlag('--image <IMAGE>', "the workbench's image, with a tag or digest; not for github", readImage),
  action: valueFlag('--action <ACTION>', 'for github: the action, OWNER/REPOSITORY@COMMIT', readAction),
  name: valueFlag('--name <NAME>', 'the name of the job', readJobName).defaultsTo('snoop-gate'),
};

export const command = defineCommand({
  name: 'snoop gate job',
  title: 'print the gate as a job of Prow, GitHub, GitLab or Kubernetes',
  usage: ['snoop gate job --for SYSTEM --image IMAGE [-- flags of snoop gate]'],
  about: `
Prints YAML, with comments about where it belongs and what to change. prow: a presubmit and a periodic job for
kubernetes/kubernetes, with flags besides their own. github, gitlab: a job for changes to kubernetes/kubernetes, or with
your flags for another repository. cronjob: a CronJob with your flags, which keeps the last answer and exports it as
metrics, with alerts.`,
  flags,
  handsOn: true,
  examples: `
snoop gate job --for prow --image registry.example/workbench:0.1.0
snoop gate job --for gitlab --image registry.example/workbench:0.1.0 \\
  -- --openapi config/crd --previous main --group example.com`,
  exitCodes: '0 printed · 2 wrong use',
  run,
});

async function run({ flags: values, handedOn }: Given<typeof flags>, context: Context): Promise<number> {
  const { for: system, name } = values;
  const given = checkGateFlags(handedOn);
  const gate = readGateFlags(given);
  const image = chooseImage(values);
  if (system === 'cronjob') refuseMissingSources(gate, context);
  context.stdout.write(writeJob(system, { name, image, flags: given }));
  return 0;
}

/** Reads flags as `snoop gate` does, so that wrong ones are refused before a job fails by them. */
function readGateFlags(flags: readonly string[]): Given<typeof gateFlags> {
  const parsed = parseCommand(gate, flags);
  if (typeof parsed === 'string') throw wrongUse('A job cannot use the flag --help.', 'Remove it after --.');
  const given = parsed(null);
  checkFlags(nameSources(given.flags));
  createRules(given.flags);
  return given;
}

/** `snoop gate` as a command that only returns its flags. */
const gate = defineCommand({
  ...{ name: 'snoop gate', title: '', about: '', usage: [], exitCodes: '' },
  examples: 'snoop gate --repo .',
  flags: gateFlags,
  run: (given: Given<typeof gateFlags>, _: null) => given,
});

/** A CronJob has no checkout, unless a volume of yours has one. */
function refuseMissingSources({ flags: values, named }: Given<typeof gateFlags>, { cwd }: Context): void {
  refuseFlagsOfHits(values, named);
  try {
    findNames({ ...nameSources(values), cwd }, values.repo ?? null);
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    throw wrongUse(`${error.message} A CronJob has no checkout, so its flags name each source.`, cronJobExample);
  }
}

const cronJobExample =
  'For example: -- --openapi URL --previous 1.36 --conformance URL --ineligible URL --pending URL --hits URL';

/** GitHub runs the action, all others the image. */
function chooseImage({ for: system, image, action }: Given<typeof flags>['flags']): string {
  const [wanted, other] = system === 'github' ? ([action, image] as const) : ([image, action] as const);
  const [wantedFlag, otherFlag] = system === 'github' ? ['--action', '--image'] : ['--image', '--action'];
  if (other !== undefined) throw wrongUse(`--for ${system} uses no ${otherFlag}.`, `Use ${wantedFlag}.`);
  if (wanted === undefined) throw wrongUse(`--for ${system} needs ${wantedFlag}.`, "See 'snoop gate job --help'.");
  return wanted;
}
