import { dirname } from 'node:path';
import { describeError, findInputs, readJsonDocument, selectAuditLogs, SnoopDbError } from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import { findFileOfRun } from '../../../audit-run/folder/file-of-run.ts';
import { coverageFileName, readRunFile } from '../../../audit-run/folder/run-file.ts';
import { SnoopError } from '../../../errors.ts';
import type { GateHits } from '../../facts.ts';
import { describeSource, hideSecrets } from '../contents/describe-source.ts';
import { readAuditHits } from './audit-hits.ts';
import { type BegunInput, beginInput } from './bounded-input.ts';
import { readCoverageHits } from './coverage-hits.ts';
import { readDatabaseHits } from './database-hits.ts';
import { type DocumentEndpoints, indexEndpoints } from './document-endpoints.ts';
import { defaultLimits, type HitsOptions, type ReadOptions } from './options.ts';
import { recognizeInput } from './recognize.ts';
import { readRunHits } from './run-hits.ts';
import { createBrokenHits, listNames } from './source.ts';

/**
 * Reads what sources prove: each is `db`, or a coverage file, an exported run, audit logs one a line, or a folder or tar
 * archive of them; also as gzip or URL, recognized by content. A source that cannot be read has problems and proves nothing.
 *
 * @param names values of --hits
 * @throws the signal's reason when it is aborted; errors of the program itself
 */
export async function readHits(names: readonly string[], options: HitsOptions): Promise<GateHits[]> {
  const document = indexEndpoints(options.endpoints, options.groups);
  const checked = {
    ...options,
    limits: { ...defaultLimits, ...options.limits },
  };
  const read: GateHits[] = [];
  for (const name of names) read.push(await readSource(name, document, checked));
  return read;
}

async function readSource(name: string, document: DocumentEndpoints, options: ReadOptions): Promise<GateHits> {
  try {
    if (name === 'db') return await readDatabaseHits(document, options);
    return await readNamed(name, document, options);
  } catch (error) {
    options.signal.throwIfAborted();
    const problem = describeFailure(error, name === 'db');
    if (problem === null) throw error;
    return createBrokenHits(describeSource('hits', joinNames(name), { problems: [problem] }));
  }
}

/** A kube-apiserver rotates its log: one value may name the files of a run, one a line. */
function splitNames(name: string): string[] {
  const names = name.split('\n').filter((line) => line !== '');
  return names.length === 0 ? [name] : names;
}

function joinNames(name: string): string {
  return listNames(splitNames(name).map(hideSecrets), 2);
}

async function readNamed(name: string, document: DocumentEndpoints, options: ReadOptions): Promise<GateHits> {
  const { cwd, stdin, signal, limits } = options;
  const ofRun = await findFileOfRun(name, coverageFileName, { cwd, partial: true });
  if (ofRun !== null) return readAuditRun(name, ofRun, document, options);
  const inputs: LoadInput[] = [];
  for (const part of splitNames(name)) {
    if (/^https?:\/\//i.test(part) && !URL.canParse(part)) {
      throw new SnoopDbError('unreadable_input', `${part} is not a URL.`);
    }
    inputs.push(...(await findInputs(part, { cwd, stdin, pipedTo: 'snoop gate --hits -' })));
  }
  const { logs, others } = selectAuditLogs(inputs);
  const [input] = logs;
  if (input === undefined) throw new SnoopDbError('unreadable_input', `${joinNames(name)} has no files.`);
  const first = await beginInput(input, signal, limits);
  try {
    switch (recognizeInput(first.head)) {
      case 'nothing':
        if (logs.length > 1) break;
        throw new SnoopDbError('bad_document', `${input.name} is ${await describeNothing(first)}.`);
      case 'web page':
        throw new SnoopDbError(
          'bad_document',
          `${input.name} is a web page. Give the address of the file itself: on github.com, of its raw content.`,
        );
      case 'document':
        return await readDocument(name, logs, first, document, options);
      case 'log':
        break;
    }
    return await readAuditHits(logs.length === 1 ? input.name : joinNames(name), logs, first, document, {
      ...options,
      others,
    });
  } finally {
    await first.input.close();
  }
}

/** Reads the coverage of an audit run's folder. Whether the run is complete, run.json decides. */
async function readAuditRun(
  name: string,
  file: string,
  document: DocumentEndpoints,
  options: ReadOptions,
): Promise<GateHits> {
  const { cwd, stdin, signal } = options;
  const [input] = await findInputs(file, { cwd, stdin });
  if (input === undefined) throw new SnoopDbError('unreadable_input', `${name} has no files.`);
  const { endedAt, cluster, complete, reasons } = readRunFile(dirname(file), { partial: true });
  const read = await readJsonDocument(input, { signal });
  const known = { date: endedAt, commit: cluster.commit };
  const hits = await readCoverageHits({ ...read, name }, document, options, known);
  if (complete || hits.incomplete.length > 0) return hits;
  return { ...hits, incomplete: reasons.length > 0 ? reasons : ['Its run is incomplete.'] };
}

async function readDocument(
  name: string,
  inputs: readonly LoadInput[],
  first: BegunInput,
  document: DocumentEndpoints,
  options: ReadOptions,
): Promise<GateHits> {
  if (inputs.length > 1) {
    throw new SnoopDbError('bad_document', `${joinNames(name)} has several documents. Give each with its own --hits.`);
  }
  const read = await readJsonDocument(first.input, { signal: options.signal });
  if (isRun(read.value)) return readRunHits(read, document, options);
  return readCoverageHits(read, document, options);
}

function isRun(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'snoop-run';
}

async function describeNothing({ input }: BegunInput): Promise<string> {
  return (await input.peek()) === 'cut off' ? 'cut off before its first byte' : 'empty';
}

const wayOut = 'Give a whole coverage file, audit log, or folder of audit logs.';

/** The error as sentences that end with the way out; null: it is a fault of this program. */
function describeFailure(error: unknown, isDatabase: boolean): string | null {
  if (error instanceof SnoopError) return [error.message, ...error.advice].join(' ');
  if (error instanceof SnoopDbError) {
    const message = error.message.replace(/ Nothing (?:of it )?was loaded\.$/, '');
    // Several sentences have advice already.
    return isDatabase || /\. [A-Z]/.test(message) ? message : `${message} ${wayOut}`;
  }
  return isDatabase ? `SnoopDB cannot be read: ${describeError(error)}. 'snoop doctor' finds out why.` : null;
}
