import { type Level, levels } from '@snoop/snoopdb';
import {
  defineCommand,
  didYouMean,
  findNearest,
  type Given,
  groupFlags,
  listFlag,
  switchFlag,
  valueFlag,
} from '@snoop/snoopdb/command-line';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { parseMaxAge, parseMinors } from '../command-line/flag-values.ts';
import { databaseEnvironment, databaseFlags, outputsFlag, reportEnvironment } from '../command-line/flags.ts';
import { chooseOutputs, writeOutputs } from '../command-line/outputs.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import type { GateRules } from '../gate/facts.ts';
import { judgeGate } from '../gate/judge.ts';
import { type GateFormat, gateFormats } from '../gate/output/formats.ts';
import { printGithub, printJobSummary } from '../gate/output/github.ts';
import { printGate } from '../gate/output/print.ts';
import { readGateFacts } from '../gate/sources/gate-facts.ts';
import { command as job } from './gate/job.ts';
import { createPlaces } from './gate/repository-places.ts';

const flags = {
  ...groupFlags('Sources', {
    repo: valueFlag('--repo <DIR>', 'a checkout of kubernetes/kubernetes: its document, lists and git history'),
    openapi: valueFlag('--openapi <FILE>', 'the OpenAPI document to judge: file, URL, -, or CRD manifests'),
    previous: valueFlag('--previous <WHAT>', 'the document before it: git ref, file, URL, or release').defaultsToWhat(
      'with --repo: from its git history',
    ),
    conformance: valueFlag('--conformance <FILE>', 'conformance.yaml'),
    ineligible: valueFlag('--ineligible <FILE>', 'ineligible_endpoints.yaml'),
    pending: valueFlag('--pending <FILE>', 'pending_eligible_endpoints.yaml'),
    hits: listFlag('--hits <SOURCE>', 'what tests hit: coverage file, audit logs, exported run, URL, -, or db'),
    release: valueFlag('--release <RELEASE>', 'of the document, if it does not say it'),
    previousRelease: valueFlag('--previous-release <RELEASE>', 'of the document before it'),
    commit: valueFlag('--commit <SHA>', 'of the document').defaultsToWhat('from git'),
    hitsRelease: valueFlag('--hits-release <RELEASE>', 'of hits, if they do not say it'),
    hitsDate: valueFlag('--hits-date <DATE>', 'of hits, if they do not say it: 2026-04-22'),
    hitsCommit: valueFlag('--hits-commit <SHA>', 'whose run the hits are, if they do not say it'),
    maxAge: valueFlag('--max-age <AGE>', 'of hits: 36h, 14d, or none', parseMaxAge).defaultsTo('14d'),
    partial: switchFlag('--partial', 'judge by hits of a run that is not whole'),
  }),
  ...groupFlags('Rules', {
    level: valueFlag('--level <LEVELS>', 'stable, beta, alpha, separated by commas', parseLevels).defaultsTo('stable'),
    debt: switchFlag('--debt', 'also older endpoints; they fail, too'),
    anyTest: switchFlag('--any-test', 'any e2e test is enough'),
    grace: valueFlag('--grace <N>', 'endpoints younger than N minor releases do not fail', parseMinors).defaultsTo('0'),
    pendingLimit: valueFlag(
      '--pending-limit <N>',
      'pending endpoints fail after N minor releases on the list',
      parseMinors,
    ).defaultsToWhat('never'),
    strictLists: switchFlag('--strict-lists', 'stale entries of lists fail'),
    group: listFlag('--group <GROUPS>', 'only these API groups, for your own API: example.com,*.example.io'),
  }),
  output: outputsFlag(gateFormats),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop gate',
  title: 'which new endpoints have no conformance test',
  usage: [
    'snoop gate --repo DIR [--hits SOURCE] [options]',
    'snoop gate --openapi FILE --previous WHAT [lists] [options]',
    'snoop gate job --for SYSTEM [options]  print it as a job',
  ],
  about: `
Finds every endpoint that is stable, new against the previous document, eligible, and hit by no conformance test. Needs no
cluster and no database. An endpoint is missing if a whole run of this commit does not hit it, and not yet proven if there
was no such run. Sources that are broken, cut, too old or of another release are exit 3, never 0.
Without --repo, give both documents and the three lists; with --group, lists are optional.`,
  flags,
  words: '[command]',
  commands: [job],
  environment: { ...databaseEnvironment, ...reportEnvironment, NO_COLOR: 'no colours' },
  examples: `
snoop gate --openapi api/openapi-spec/swagger.json --previous v1.36.0 \\
  --conformance test/conformance/testdata/conformance.yaml \\
  --ineligible test/conformance/testdata/ineligible_endpoints.yaml \\
  --pending test/conformance/testdata/pending_eligible_endpoints.yaml \\
  --hits coverage.json
snoop gate --repo . --hits audit.log
snoop gate --repo . --output junit=gate.xml --output sarif=gate.sarif
snoop gate --repo . --hits coverage.json --debt --level stable,beta
snoop gate --openapi config/crd --previous main --group example.com \\
  --hits audit.log`,
  exitCodes: '0 nothing missing · 1 missing or not yet proven, or stale entries fail · 2 wrong use · 3 cannot tell',
  run,
});

type Values = Given<typeof flags>['flags'];

async function run({ flags: values, named, words }: Given<typeof flags>, context: Context): Promise<number> {
  refuseWords(words);
  refuseFlagsOfHits(values, named);
  const outputs = chooseOutputs(values.output, gateFormats, context);
  const rules = createRules(values);
  const facts = await readGateFacts({
    ...pickContext(context),
    openapi: values.openapi ?? null,
    previous: values.previous ?? null,
    conformance: values.conformance ?? null,
    ineligible: values.ineligible ?? null,
    pending: values.pending ?? null,
    hits: values.hits ?? [],
    repo: values.repo ?? null,
    release: values.release ?? null,
    previousRelease: values.previousRelease ?? null,
    commit: values.commit ?? null,
    hitsRelease: values.hitsRelease ?? null,
    hitsDate: values.hitsDate ?? null,
    hitsCommit: values.hitsCommit ?? null,
    groups: rules.groups,
    withPool: (work) => withDatabase(context, values, { user: 'snoop gate' }, ({ pool }) => work(pool)),
  });
  const answer = judgeGate(facts, rules);
  const places = createPlaces(answer, context, values.repo);
  const result = {
    print: (format: GateFormat, color: boolean, width: number | null) =>
      printGate(answer, format, places, { color, width }),
    printGithub: () => printGithub(answer, places),
    printJobSummary: (maxBytes: number) => printJobSummary(answer, maxBytes),
  };
  writeOutputs(context, result, outputs);
  return answer.exitCode;
}

function pickContext({ cwd, progress, signal, environment }: Context) {
  return { cwd, progress, signal, stdin: process.stdin, env: environment.forPrograms };
}

function createRules(values: Values): GateRules {
  const { level, debt, anyTest, grace, pendingLimit = null, strictLists, partial, maxAge, group } = values;
  return {
    ...{ levels: level, debt, anyTest, grace, pendingLimit, strictLists, partial },
    maxAgeMs: Number.isFinite(maxAge) ? maxAge : null,
    groups: group === undefined ? null : parseGroups(group),
  };
}

function refuseWords([word]: readonly string[]): void {
  if (word === undefined) return;
  throw wrongUse(
    `snoop gate takes no '${word}'.`,
    didYouMean(findNearest(word, ['job'], 1).map((name) => `snoop gate ${name}`)) ||
      `Name the document with a flag: --openapi ${word}`,
    "See 'snoop gate --help'.",
  );
}

/** Without hits these flags would have no effect, and the user would believe otherwise. */
function refuseFlagsOfHits({ hits }: Values, named: readonly string[]): void {
  if (hits !== undefined) return;
  const flagsOfHits = {
    hitsRelease: '--hits-release',
    hitsDate: '--hits-date',
    hitsCommit: '--hits-commit',
    maxAge: '--max-age',
    partial: '--partial',
  };
  const [, flag] = Object.entries(flagsOfHits).find(([key]) => named.includes(key)) ?? [];
  if (flag !== undefined) throw wrongUse(`${flag} needs --hits.`, 'For example: --hits coverage.json');
}

function parseLevels(value: string, flag: string): readonly Level[] {
  return value.split(',').map((part) => {
    const level = levels.find((one) => one === part.trim().toLowerCase());
    if (level !== undefined) return level;
    throw wrongUse(
      `${flag} takes stable, beta or alpha, separated by commas, not '${part}'.`,
      didYouMean(findNearest(part, levels, 1)),
    );
  });
}

/** `core` is the group without a name. */
function parseGroups(given: readonly string[]): readonly string[] {
  return given
    .flatMap((value) => value.split(','))
    .map((part) => {
      const group = part.trim().toLowerCase();
      if (/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(group)) return group === 'core' ? '' : group;
      throw wrongUse(`--group takes API groups, not '${part}'.`, 'For example: --group example.com,*.example.io');
    });
}
