import { type Level, levels } from '@snoop/snoopdb';
import {
  didYouMean,
  findNearest,
  groupFlags,
  listFlag,
  switchFlag,
  valueFlag,
  type Values,
} from '@snoop/snoopdb/command-line';
import { parseMaxAge, parseMinors } from '../../command-line/flag-values.ts';
import { databaseFlags, outputsFlag } from '../../command-line/flags.ts';
import { wrongUse } from '../../errors.ts';
import type { GateRules } from '../../gate/facts.ts';
import { gateFormats } from '../../gate/output/formats.ts';
import type { StatedSources } from '../../gate/sources/request.ts';

/** The flags of `snoop gate`, which a job hands on. */
export const gateFlags = {
  ...groupFlags('Sources', {
    repo: valueFlag('--repo <DIR>', 'a checkout of kubernetes/kubernetes: its document, lists and git history'),
    openapi: valueFlag('--openapi <FILE>', 'the OpenAPI document to judge: file, URL, -, or CRD manifests'),
    previous: valueFlag('--previous <WHAT>', 'the document before it: git ref, file, URL, or release').defaultsToWhat(
      'with --repo: from its git history',
    ),
    conformance: valueFlag('--conformance <FILE>', 'conformance.yaml'),
    ineligible: valueFlag('--ineligible <FILE>', 'ineligible_endpoints.yaml'),
    pending: valueFlag('--pending <FILE>', 'pending_eligible_endpoints.yaml'),
    hits: listFlag(
      '--hits <SOURCE>',
      'what tests hit: coverage file, folder of an audit run, audit logs (also a folder or tar), exported run, URL, -, or db',
    ),
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

export type GateValues = Values<typeof gateFlags>;

/** The sources that the flags name, and what they state about them. */
export function nameSources(values: GateValues): StatedSources {
  return {
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
    groups: readGroups(values),
  };
}

/** @throws SnoopError `wrong_use` */
export function createRules(values: GateValues): GateRules {
  const { level, debt, anyTest, grace, pendingLimit = null, strictLists, partial, maxAge } = values;
  return {
    ...{ levels: level, debt, anyTest, grace, pendingLimit, strictLists, partial },
    maxAgeMs: Number.isFinite(maxAge) ? maxAge : null,
    groups: readGroups(values),
  };
}

/**
 * Without hits these flags would have no effect, and the user would believe otherwise.
 *
 * @throws SnoopError `wrong_use`
 */
export function refuseFlagsOfHits({ hits }: GateValues, named: readonly string[]): void {
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

function readGroups({ group }: GateValues): readonly string[] | null {
  return group === undefined ? null : parseGroups(group);
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
