import type { SourceFacts } from '../../facts.ts';
import { haveSeveralMinors, sortReleases } from './agent-facts.ts';
import type { AuditSurvey } from './audit-survey.ts';

/** What user agents of a log say about its run. */
export interface AuditOrigin extends Pick<SourceFacts, 'problems' | 'notes'> {
  /** X.Y.Z; null: unknown. */
  readonly release: string | null;
  /** null: unknown, or there are several. */
  readonly commit: string | null;
  readonly commits: readonly string[];
}

/**
 * Finds the release and commit of a log in the user agents of its tests and servers. With groups, the tests are another
 * project's: only the servers are of Kubernetes, and the commit is unknown.
 */
export function findAuditOrigin(survey: AuditSurvey, groups: readonly string[] | null): AuditOrigin {
  const servers = sortReleases(survey.serverReleases.list());
  const tests = groups === null ? sortReleases(survey.testReleases.list()) : [];
  const commits =
    groups === null ? joinAbbreviated([...survey.testCommits.list(), ...survey.serverCommits.list()]) : [];
  const [commit = null] = commits;
  return {
    release: tests.at(-1) ?? servers.at(-1) ?? null,
    commit: commits.length === 1 ? commit : null,
    commits,
    problems: findMixedReleases(tests, servers),
    notes: [
      ...(tests.length > 1 ? [`Its tests are of several releases: ${tests.join(', ')}.`] : []),
      ...(servers.length > 1 ? [`Its kube-apiservers are of several releases: ${servers.join(', ')}.`] : []),
      ...new Set(
        [...tests, ...servers].filter((one) => one.includes('-')).map((one) => `${one} is not a finished release.`),
      ),
      ...(commits.length > 1 ? [`Its programs are built from several commits: ${commits.join(', ')}.`] : []),
    ],
  };
}

function findMixedReleases(tests: readonly string[], servers: readonly string[]): string[] {
  if (!haveSeveralMinors([...tests, ...servers])) return [];
  const of = [
    ...(tests.length === 0 ? [] : [`tests of ${tests.join(', ')}`]),
    ...(servers.length === 0 ? [] : [`kube-apiservers of ${servers.join(', ')}`]),
  ];
  return [`It has ${of.join(' and ')}: several minor releases. Give the log of one release.`];
}

/** Leaves out commits that are the beginning of another one. */
function joinAbbreviated(commits: readonly string[]): string[] {
  const all = [...new Set(commits)];
  return all.filter((commit) => !all.some((other) => other !== commit && other.startsWith(commit))).sort();
}
