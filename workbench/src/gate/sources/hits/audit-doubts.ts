import { count } from '../../../output/quantities.ts';
import type { AuditSurvey } from './audit-survey.ts';
import type { HiddenResources } from './hidden-resources.ts';
import { formatTime, listNames } from './source.ts';

/** What files of a log lack. */
export interface LogFiles {
  /** Names of truncated gzip files. */
  readonly cut: readonly string[];
  readonly empty: readonly string[];
  /** Names of files without any event, such as a build log beside the audit logs. */
  readonly foreign: readonly string[];
  /** Files of directories and archives that are left out, since their names are not of audit logs. */
  readonly others: number;
}

/** A larger share is not only requests that were open when the log ended. */
const openShare = 0.01;
/** In fewer events a verb may be missing by chance. */
const manyEvents = 1000;
const commonVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Why an endpoint without a hit may have been hit all the same, as sentences. */
export function listDoubts(
  survey: AuditSurvey,
  hidden: HiddenResources,
  files: LogFiles,
  groups: readonly string[] | null,
): string[] {
  return [...describeFiles(survey, files), ...describeAgents(survey, groups), ...listPolicyDoubts(survey, hidden)];
}

/** What an audit policy hides, as sentences; of requests of all clients. */
export function listPolicyDoubts(survey: AuditSurvey, hidden: HiddenResources): string[] {
  return [...describeStages(survey), ...describePolicy(survey, hidden)];
}

function describeFiles({ rejected, firstRejected, events }: AuditSurvey, { cut, foreign }: LogFiles): string[] {
  const all = events + rejected;
  return [
    ...(cut.length === 0 ? [] : [`The data of ${listNames(cut)} is cut off; the events after the cut are missing.`]),
    ...(foreign.length === 0 ? [] : [`${listNames(foreign)} has no audit events.`]),
    ...(rejected === 0
      ? []
      : [
          `${count(rejected, 'line')} of ${all.toLocaleString('en-US')} (${formatShare(rejected, all)}) cannot be read as audit events. The first: ${firstRejected}.`,
        ]),
  ];
}

function describeAgents(survey: AuditSurvey, groups: readonly string[] | null): string[] {
  const { events, withoutAgent, hits, tests } = survey;
  const none = withoutAgent > events * openShare;
  return [
    ...(none
      ? [
          `${withoutAgent.toLocaleString('en-US')} of ${events.toLocaleString('en-US')} events (${formatShare(withoutAgent, events)}) have no user agent, so their tests are unknown.`,
        ]
      : []),
    ...describeMissingTests(tests.firstMs !== null, hits.hasConformance, groups),
  ];
}

function describeMissingTests(hasTests: boolean, hasConformance: boolean, groups: readonly string[] | null): string[] {
  if (groups !== null)
    return hasTests ? [] : ['No test sent a request: no user agent begins with live-test or e2e.test/.'];
  if (!hasTests) return ['No e2e test sent a request: no user agent begins with e2e.test/.'];
  return hasConformance ? [] : ['No test with [Conformance] in its name sent a successful request.'];
}

function describeStages({ requests }: AuditSurvey): string[] {
  const { received, unanswered, isSample } = requests.count();
  if (received === 0 || unanswered <= received * openShare) return [];
  const share = formatShare(unanswered, received);
  const of = isSample
    ? `About ${share} of its requests`
    : `${unanswered.toLocaleString('en-US')} of ${received.toLocaleString('en-US')} requests (${share})`;
  return [`${of} have only the stage RequestReceived, so it is unknown whether they succeeded.`];
}

function describePolicy({ events, verbs }: AuditSurvey, hidden: HiddenResources): string[] {
  const known = new Set(verbs.list());
  const missing = events < manyEvents ? [] : commonVerbs.filter((verb) => !known.has(verb));
  const { names, endpoints } = hidden;
  return [
    ...(missing.length === 0
      ? []
      : [`No event has one of these verbs, so the audit policy hides them: ${missing.join(', ')}.`]),
    ...(names.length === 0
      ? []
      : [
          `No event of any client is about ${listNames(names)}, which kube-controller-manager watches where they are served: the audit policy hides them, or the cluster does not serve them (${count(endpoints.length, 'endpoint')}).`,
        ]),
  ];
}

/** `12 %`, `0.3 %`, `less than 0.1 %`. */
function formatShare(part: number, all: number): string {
  const percent = all === 0 ? 0 : (part / all) * 100;
  if (percent > 0 && percent < 0.1) return 'less than 0.1 %';
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** What else a reader should know. */
export function listAuditNotes(
  survey: AuditSurvey,
  files: LogFiles,
  waiting: readonly string[],
  groups: readonly string[] | null,
): string[] {
  const stages = [...survey.stages]
    .sort(([, a], [, b]) => b - a)
    .map(([stage, events]) => `${stage} ${events.toLocaleString('en-US')}`);
  const { tests, nearAgents, otherAgents, unknown } = survey;
  return [
    `${count(survey.events, 'event')}: ${stages.join(', ')}.`,
    ...(tests.firstMs === null
      ? []
      : [`Its tests ran from ${formatTime(tests.firstMs)} to ${formatTime(tests.lastMs)}.`]),
    ...(waiting.length === 0
      ? []
      : [`Tests requested ${count(waiting.length, 'endpoint')} of which it has no response: ${listNames(waiting)}.`]),
    ...(survey.cutNames === 0
      ? []
      : [`${count(survey.cutNames, 'event')} of tests have a truncated user agent with a name that is not listed.`]),
    ...(survey.hits.hasDropped ? ['It has too many names of tests; some are left out.'] : []),
    ...(unknown.isFull ? ['It has too many requests that the document does not have; some are left out.'] : []),
    ...(files.others === 0 ? [] : [`${count(files.others, 'file')} not named like an audit log: left out.`]),
    ...(files.empty.length === 0 ? [] : [`${listNames(files.empty)} is empty.`]),
    ...(survey.hasControllerManager || groups !== null
      ? []
      : ['It has no events of kube-controller-manager, so resources that the audit policy hides cannot be found.']),
    ...(nearAgents.size === 0
      ? []
      : [
          `These user agents look like tests but do not count, since tests begin with e2e.test/: ${listNames(nearAgents.list())}.`,
        ]),
    ...(otherAgents.size === 0
      ? []
      : [
          `These user agents also hit the groups and do not count: ${listNames(otherAgents.list(), 3)}. Run them with 'snoop exec -- COMMAND', or set the user agent e2e.test/VERSION -- TEST.`,
        ]),
  ];
}
