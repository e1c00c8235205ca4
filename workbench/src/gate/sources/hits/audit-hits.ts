import { createHash } from 'node:crypto';
import { type LoadInput, readAuditEvents, SnoopDbError } from '@snoop/snoopdb';
import { formatBytes } from '../../../output/quantities.ts';
import type { GateHits } from '../../facts.ts';
import { describeSource } from '../contents/describe-source.ts';
import { listAuditNotes, listDoubts, type LogFiles } from './audit-doubts.ts';
import { type AuditOrigin, findAuditOrigin } from './audit-origin.ts';
import { type AuditSurvey, createSurvey, createSurveyor } from './audit-survey.ts';
import { beginLogs } from './begin-logs.ts';
import type { BegunInput } from './bounded-input.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import { findHiddenResources } from './hidden-resources.ts';
import type { InputLimits, ReadOptions } from './options.ts';
import { recognizeInput } from './recognize.ts';
import { createHits, formatTime } from './source.ts';
import { joinFacts } from './stated-facts.ts';

/** What was read of all files of a log. */
interface ReadLogs {
  readonly survey: AuditSurvey;
  readonly files: LogFiles;
  readonly digest: string;
  readonly bytes: number;
}

interface LogOptions extends ReadOptions {
  /** Files of a directory that are left out. */
  readonly others: number;
}

/**
 * Reads what the audit logs of one run prove, in bounded memory. No log may be a document.
 *
 * @param first the first of the inputs, begun
 * @throws SnoopDbError `unreadable_input`, `bad_document`; the signal's reason when it is aborted
 */
export async function readAuditHits(
  name: string,
  inputs: readonly LoadInput[],
  first: BegunInput,
  document: DocumentEndpoints,
  options: LogOptions,
): Promise<GateHits> {
  const { survey, files, digest, bytes } = await readLogs(name, inputs, first, document, options);
  const { groups, stated } = options;
  const hidden = findHiddenResources(survey, document);
  const origin = findAuditOrigin(survey, groups);
  const waiting = [...survey.requested].filter((one) => !survey.answered.has(one)).sort();
  const found = {
    release: origin.release,
    // The first one: a folder may have logs of an older run, too.
    date: formatTime(survey.tests.firstMs ?? survey.all.firstMs),
    commit: origin.commit,
  };
  // Several commits are known: a flag cannot fill the gap, and contradicts all but one of them.
  const facts = joinFacts(found, 'content', origin.commits.length > 1 ? { ...stated, commit: null } : stated);
  const source = describeSource('hits', name, {
    digest,
    bytes,
    ...facts,
    problems: [...origin.problems, ...facts.problems, ...findOtherCommits(origin, stated.commit)],
    notes: [...origin.notes, ...listAuditNotes(survey, files, waiting, groups)],
  });
  const endpoints = survey.hits.list();
  return createHits({
    source,
    endpoints,
    unknown: survey.unknown.list(),
    undecided: [...hidden.endpoints, ...waiting].filter((one) => !survey.hits.has(one)),
    incomplete: listDoubts(survey, hidden, files, groups),
  });
}

function findOtherCommits({ commits }: AuditOrigin, stated: string | null): string[] {
  if (stated === null || commits.length < 2) return [];
  return [
    `Its programs are built from several commits: ${commits.join(', ')}, but --hits-commit is ${stated}. Give the log of ` +
      'one commit, or leave the flag out.',
  ];
}

async function readLogs(
  name: string,
  inputs: readonly LoadInput[],
  first: BegunInput,
  document: DocumentEndpoints,
  options: LogOptions,
): Promise<ReadLogs> {
  const { signal, limits, progress } = options;
  const survey = createSurvey();
  const add = createSurveyor(survey, document, options);
  const digests: string[] = [];
  const files = { cut: [] as string[], empty: [] as string[], foreign: [] as string[], others: options.others };
  let bytes = 0;
  const totalBytes = inputs.every((input) => input.bytes !== null)
    ? inputs.reduce((sum, input) => sum + (input.bytes ?? 0), 0)
    : null;
  await progress.bar(`reading ${name}`, async (update) => {
    const logs = beginLogs(inputs, first, options, files);
    for await (const { name: log, head, input, rawBytesRead } of logs) {
      const hash = createHash('sha256');
      let fileBytes = 0;
      const eventsBefore = survey.events;
      const onBytes = (piece: Buffer): void => {
        hash.update(piece);
        fileBytes += piece.length;
        bytes += piece.length;
        checkBytes(log, bytes, survey.events === eventsBefore ? fileBytes : 0, limits);
        update({ bytes: rawBytesRead(), totalBytes, events: survey.events });
      };
      const onCut = (): void => void files.cut.push(log);
      if (inputs.length > 1 || input !== first.input) checkLog(log, head);
      for await (const events of readAuditEvents(input, { signal, onBytes, onCut })) {
        for (const event of events) add(event, log);
      }
      digests.push(hash.digest('hex'));
      if (survey.events > eventsBefore) continue;
      if (fileBytes === 0) files.empty.push(log);
      else files.foreign.push(log);
    }
  });
  if (survey.events === 0) throw createEmptyError(name, survey, files);
  const [digest = ''] = digests;
  return {
    survey,
    files,
    digest: digests.length === 1 ? digest : createHash('sha256').update(digests.join('\n')).digest('hex'),
    bytes,
  };
}

/** @throws SnoopDbError `bad_document` if a file beside logs is a document */
function checkLog(name: string, head: Buffer): void {
  if (recognizeInput(head) !== 'document') return;
  throw new SnoopDbError('bad_document', `${name} is a document beside audit logs. Give each with its own --hits.`);
}

function checkBytes(name: string, bytes: number, withoutEvent: number, limits: InputLimits): void {
  if (bytes > limits.logBytes) {
    throw new SnoopDbError(
      'unreadable_input',
      `${name} is larger than ${formatBytes(limits.logBytes)} unpacked. Give the log of one run.`,
    );
  }
  if (withoutEvent <= limits.bytesWithoutEvent) return;
  throw new SnoopDbError(
    'bad_document',
    `The first ${formatBytes(limits.bytesWithoutEvent)} of ${name} have no audit event. Give an audit log or a coverage file.`,
  );
}

function createEmptyError(name: string, { firstRejected }: AuditSurvey, { cut }: LogFiles): SnoopDbError {
  const why = cut.length > 0 ? 'its gzip data is cut off before the first one' : firstRejected;
  const reason = why === null ? '' : ` (${why})`;
  return new SnoopDbError(
    'bad_document',
    `${name} has no audit events${reason}, and it is not a coverage file. Give a coverage file, or an audit log of a kube-apiserver.`,
  );
}
