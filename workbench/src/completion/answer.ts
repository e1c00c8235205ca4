import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEnvironment } from '../environment.ts';
import { findProject, stateFolderName } from '../find-project.ts';
import { complete, type Completion } from './complete.ts';
import { type CompletionData, readData } from './completion-data.ts';

/** The most runs that are offered. */
const maxRuns = 50;

/**
 * Answers a shell's completion from the cache. Loads no package, because a shell waits for it.
 *
 * @param words what follows `snoop`; the last word is incomplete
 * @returns the lines for the shell; null if the cache has no data of this build
 */
export function answerFromCache(words: readonly string[]): string | null {
  const { cacheFolder, stateFolder } = readEnvironment();
  const data = readData(cacheFolder);
  return data === null ? null : answer(data, words, { stateFolder, cwd: process.cwd() });
}

export function answer(
  data: CompletionData,
  words: readonly string[],
  { stateFolder, cwd }: { readonly stateFolder: string | null; readonly cwd: string },
): string {
  const listRuns = (state: string | null): readonly string[] => {
    const named = state ?? stateFolder;
    return readRuns(named === null ? join(findProject(cwd), stateFolderName) : resolve(cwd, named));
  };
  return formatCompletion(complete(data, { listRuns }, words));
}

/** The runs with a journal, newest first. */
function readRuns(stateFolder: string): string[] {
  try {
    const names = readdirSync(join(stateFolder, 'runs'));
    return names
      .filter((name) => /^[\w-]{1,64}$/.test(name))
      .sort()
      .reverse()
      .slice(0, maxRuns);
  } catch {
    return [];
  }
}

/** `:files`, `:folders`, or a line for each value: the value, a tab, its description. */
function formatCompletion(completion: Completion): string {
  if (completion.kind !== 'values') return `:${completion.kind}\n`;
  return completion.values
    .map(({ value, description }) => `${value}\t${description.replaceAll(/\s+/g, ' ')}\n`)
    .join('');
}
