import type { SourceFacts } from '../../facts.ts';
import { haveSeveralMinors, sortReleases } from './agent-facts.ts';
import type { AuditSurvey } from './audit-survey.ts';
import { joinCommits } from './source.ts';

type Origin = Pick<SourceFacts, 'release' | 'releaseFrom' | 'commit' | 'commitFrom' | 'problems' | 'notes'>;

/**
 * Finds the release and commit of a log in the user agents of its tests and servers. With groups, the tests are another
 * project's, and only the servers are of Kubernetes.
 */
export function findAuditOrigin(survey: AuditSurvey, groups: readonly string[] | null, stated: string | null): Origin {
  const servers = sortReleases(survey.serverReleases.list());
  const tests = groups === null ? sortReleases(survey.testReleases.list()) : [];
  const release = tests.at(-1) ?? servers.at(-1) ?? null;
  const testCommits = groups === null ? survey.testCommits.list() : [];
  const serverCommits = groups === null ? survey.serverCommits.list() : [];
  const commits = joinAbbreviated([...testCommits, ...serverCommits]);
  const commit = joinCommits(commits.length === 1 ? (commits[0] ?? null) : null, stated);
  const isContradicted = commits.length > 1 && stated !== null;
  return {
    release,
    releaseFrom: release === null ? null : 'content',
    commit: isContradicted ? null : commit.commit,
    commitFrom: isContradicted ? null : commit.commitFrom,
    problems: [
      ...findMixedReleases(tests, servers),
      ...commit.problems,
      ...(isContradicted
        ? [`It shows several commits (${commits.join(', ')}), but --hits-commit is ${stated}. Give the log of one run.`]
        : []),
    ],
    notes: [
      ...(tests.length > 1 ? [`Its tests are of several releases: ${tests.join(', ')}.`] : []),
      ...(servers.length > 1 ? [`Its kube-apiservers are of several releases: ${servers.join(', ')}.`] : []),
      ...[...tests, ...servers].filter((one) => one.includes('-')).map((one) => `${one} is not a finished release.`),
      ...(commits.length > 1 && stated === null
        ? [`Its programs are built from several commits: ${commits.join(', ')}.`]
        : []),
    ],
  };
}

function findMixedReleases(tests: readonly string[], servers: readonly string[]): string[] {
  const all = sortReleases([...new Set([...tests, ...servers])]);
  if (!haveSeveralMinors(all)) return [];
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
