import {
  type BaselineDifference,
  compareDocumentBaseline,
  computeDocumentCoverage,
  loadNeededReleases,
  type Pool,
  type RunDocument,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { Finding, Report, Severity } from '../lint/finding.ts';
import { findContradictions } from '../ticket/contradictions.ts';
import { findImportFaults } from './imports.ts';
import { findHiddenCharacters } from './source-listing.ts';
import { findNameFaults } from './source-names.ts';

/** A finding about a run that may also keep it from being run again. */
export interface PaperFinding extends Finding {
  readonly blocks: boolean;
}

/** Of a finding that leaves open whether the claim is true. */
export const uncheckedRule = 'baseline-unknown';

const maxListed = 20;

/** Checks what can be checked of a run without running it. @param pool null: nothing is known of releases */
export async function checkOnPaper(document: RunDocument, pool: Pool | null): Promise<PaperFinding[]> {
  const findings: PaperFinding[] = [];
  const add =
    (file: string, blocks: boolean): Report =>
    (severity, rule, line, message) => {
      if (findings.filter((one) => one.rule === rule).length < maxListed)
        findings.push({ file, line, severity, rule, message, blocks });
    };
  checkRun(document, add(document.run.id, false));
  checkEvidence(document, add(document.run.id, false));
  await checkSources(document, add);
  if (pool !== null) await checkBaseline(document, pool, add(document.run.id, false));
  return findings;
}

function checkRun(document: RunDocument, report: Report): void {
  const { run, tests, errors } = document;
  for (const message of findContradictions(document)) report('error', 'contradiction', null, message);
  if (run.state !== 'passed')
    report('warning', 'run-state', null, `The run ${run.state === 'failed' ? 'failed' : 'was interrupted'}.`);
  for (const { name, state } of tests) {
    if (state === 'passed') continue;
    const sentence = state === 'failed' ? `The test '${name}' failed.` : `The test '${name}' is ${state}.`;
    report(state === 'outlined' ? 'note' : 'warning', 'test-state', null, sentence);
  }
  for (const { message } of errors) {
    report('warning', 'error', null, `An error outside of tests: ${message.split('\n', 1)[0]}`);
  }
  if (run.git_dirty === true) {
    report(
      'note',
      'dirty-tree',
      null,
      'It ran in a work tree with changes, so its commit does not identify the sources.',
    );
  }
}

/** Compares the listed hits with those that follow from requests and events. */
function checkEvidence(document: RunDocument, report: Report): void {
  const { evidence, endpoints } = computeDocumentCoverage(document);
  if (evidence.missing.length > 0) {
    report(
      'warning',
      'evidence',
      null,
      `Evidence is missing for ${evidence.missing.length} of ${evidence.sent} requests.`,
    );
  }
  const counted = new Map(endpoints.map(({ endpoint, hits }) => [endpoint, hits]));
  const listed = new Map<string, number>();
  for (const { sent_by: sentBy, endpoint, hit_by_new_test: hits } of document.endpoints) {
    if (sentBy === 'test') listed.set(endpoint, (listed.get(endpoint) ?? 0) + hits);
  }
  for (const endpoint of new Set([...counted.keys(), ...listed.keys()])) {
    const [hits, claimed] = [counted.get(endpoint) ?? 0, listed.get(endpoint) ?? 0];
    if (hits !== claimed) {
      report('error', 'hits', null, `${endpoint}: ${claimed} hits are listed; the events prove ${hits}.`);
    }
  }
  const statuses = new Map(document.requests.map((request) => [request.audit_id, request]));
  for (const { audit_id: id, code, is_hit: isHit, decides } of document.evidence) {
    const request = statuses.get(id);
    if (request === undefined) {
      report('error', 'event', null, `An event has the Audit-ID ${id}, which no request of the run has.`);
    } else if (isHit && code !== 101 && Math.floor((code ?? 0) / 100) !== 2) {
      report(
        'error',
        'event',
        null,
        `The event of ${request.method} ${request.path} is counted as a hit with the code ${code}.`,
      );
    } else if (decides && code !== null && request.status !== null && code !== request.status) {
      const seen = `the client saw ${request.status}, the event has ${code}`;
      report('error', 'event', null, `${request.method} ${request.path}: ${seen}.`);
    }
  }
}

async function checkSources(
  { files, tests, run }: RunDocument,
  add: (file: string, blocks: boolean) => Report,
): Promise<void> {
  const faults = findNameFaults(files.map(({ file }) => file));
  for (const [file, why] of faults) add(file, true)('error', 'file-name', null, `The name of this source ${why}.`);
  const usable = files.filter(({ file }) => !faults.has(file));
  for (const { file, omitted } of usable) {
    if (omitted !== null)
      add(file, true)('warning', 'no-source', null, `This source is not in the document: ${omitted}.`);
  }
  const sources = usable.flatMap(({ file, content }) => (content === null ? [] : [{ file, content }]));
  const named = new Set(files.map(({ file }) => file));
  if (isCommand(run)) {
    add(run.id, true)(
      'warning',
      'no-source',
      null,
      `'${run.command}' is not a live test, so it cannot be run again from here.`,
    );
  } else if (tests.length > 0 && tests.every(({ state }) => state === 'outlined')) {
    add(run.id, true)('note', 'outline', null, 'Its tests are outlined: there is nothing to run yet.');
  } else {
    for (const file of new Set(tests.map((test) => test.file))) {
      if (!named.has(file))
        add(file, true)('warning', 'no-source', null, 'The source of this test is not in the document.');
    }
    if (tests.length === 0) add(run.id, true)('warning', 'no-source', null, 'The run has no test.');
  }
  for (const { file, content } of sources) {
    const lines = findHiddenCharacters(content);
    if (lines.length > 0) {
      const which = lines.slice(0, maxListed).join(', ');
      add(file, false)(
        'warning',
        'hidden-characters',
        lines[0] ?? null,
        `Characters that an editor does not show, in lines ${which}.`,
      );
    }
  }
  for (const { file, line, message, isMissing } of await findImportFaults(sources)) {
    const severity: Severity = isMissing ? 'warning' : 'note';
    add(file, isMissing)(severity, isMissing ? 'missing-import' : 'computed-import', line, `It ${message}`);
  }
}

/** Whether `snoop exec` made the run. */
function isCommand({ command }: RunDocument['run']): boolean {
  return command !== null && /^snoop exec\b/.test(command);
}

async function checkBaseline(document: RunDocument, pool: Pool, report: Report): Promise<void> {
  const { release, origin } = document.baseline;
  const differences = await compareLoaded(document, pool);
  if (differences === null) {
    const { endpoints } = computeDocumentCoverage(document);
    const isClaimed = endpoints.some((hit) => hit.hits > 0 && (hit.untestedUntilNow || hit.newToConformance));
    const sentence = `Release ${release} is not loaded here, so its figures were not checked.`;
    if (isClaimed) report('warning', uncheckedRule, null, `${sentence} They decide what is newly hit.`);
    else report('note', 'baseline', null, sentence);
    return;
  }
  for (const { of, field, claimed, loaded } of differences) {
    const message = `${of}: ${field} is ${claimed}; by the data of ${release} here it is ${loaded}.`;
    report('error', 'baseline', null, `${message} The data there: ${origin}.`);
  }
}

async function compareLoaded(document: RunDocument, pool: Pool): Promise<BaselineDifference[] | null> {
  if (!/^\d+\.\d+\.\d+$/.test(document.baseline.release)) return null;
  try {
    await loadNeededReleases(pool, [document.baseline.release]);
  } catch (error) {
    // Not allowed, or not a release: what is loaded decides.
    if (!(error instanceof SnoopDbError)) throw error;
  }
  return compareDocumentBaseline(pool, document);
}
