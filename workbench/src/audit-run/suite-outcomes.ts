import { copyFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { explainSystemError } from '@snoop/snoopdb';
import type { TestOutcome } from './documents/suite-results.ts';
import type { RunDraft } from './run-draft.ts';

/** JUnit files that a suite left. */
export interface FoundJunit {
  /** Names below junit/. */
  readonly files: readonly string[];
  /** What could not be kept, as sentences. */
  readonly problems: readonly string[];
}

const maxFiles = 1_000;

/**
 * Copies the JUnit that --junit names, and moves what the suite left in its report folder: XML into junit/, other files
 * into logs/.
 *
 * @param named paths of --junit: files, or folders of them
 */
export function collectJunit(draft: RunDraft, named: readonly string[]): FoundJunit {
  const problems: string[] = [];
  const files: string[] = [];
  const keep = (path: string, move: boolean): void => {
    const folder = path.endsWith('.xml') ? 'junit' : 'logs';
    const name = chooseName(basename(path), folder === 'junit' ? files : []);
    try {
      if (move) renameSync(path, draft.path(`${folder}/${name}`));
      else copyFileSync(path, draft.path(`${folder}/${name}`));
      if (folder === 'junit') files.push(name);
    } catch (error) {
      problems.push(`${path} cannot be kept: ${explainSystemError(error)}.`);
    }
  };
  for (const path of named) {
    const found = listXml(path);
    if (found.length === 0) problems.push(`--junit ${path} has no JUnit file.`);
    for (const file of found) keep(file, false);
  }
  for (const file of listTree(draft.path('report'))) keep(file, true);
  return { files, problems };
}

function listXml(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? listTree(path).filter((file) => file.endsWith('.xml')) : [path];
  } catch {
    return [];
  }
}

function listTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .slice(0, maxFiles);
}

function chooseName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const stem = name.replace(/\.xml$/, '');
  for (let number = 2; ; number += 1) {
    const other = `${stem}-${number}.xml`;
    if (!taken.includes(other)) return other;
  }
}

/** Joins the outcomes of several files: a test that failed in one failed. */
export function joinOutcomes(tests: Iterable<readonly [test: string, outcome: TestOutcome]>): Map<string, TestOutcome> {
  const outcomes = new Map<string, TestOutcome>();
  for (const [test, outcome] of tests) {
    if (outcomes.get(test) !== 'failed') outcomes.set(test, outcome);
  }
  return outcomes;
}
