import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { listShippedReleases, readShippedOperations, writeFileAtomically } from '@snoop/snoopdb';
import { type CommandShape, describeShape } from '@snoop/snoopdb/command-line';
import type { Command } from '../command-line/command.ts';
import { type CompletionData, identifyBuild, locateData, readData } from './completion-data.ts';

/** A command of the program, loaded on demand. */
export interface LoadableCommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** Returns the data in the cache; creates and stores it if there is none of this build. */
export async function refreshData(cacheFolder: string, commands: readonly LoadableCommand[]): Promise<CompletionData> {
  const cached = readData(cacheFolder);
  if (cached !== null) return cached;
  const data = await makeData(commands);
  const file = locateData(cacheFolder);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomically(file, JSON.stringify(data));
  } catch {
    // Without a cache, completion is slow.
  }
  return data;
}

async function makeData(commands: readonly LoadableCommand[]): Promise<CompletionData> {
  const releases = (await listShippedReleases()).reverse();
  const [newest = ''] = releases;
  const operations = ((await readShippedOperations(newest)) ?? []).filter(({ deprecated }) => !deprecated);
  return {
    build: identifyBuild(),
    root: await describeProgram(commands),
    endpoints: operations.map(({ endpoint }) => endpoint).sort(),
    kinds: [...new Set(operations.flatMap(({ kind }) => kind ?? []))].sort(),
    releases,
  };
}

async function describeProgram(commands: readonly LoadableCommand[]): Promise<CommandShape> {
  const shapes = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { command } = await load();
      return [name, { ...describeShape(command), summary }] as const;
    }),
  );
  const version = { names: ['--version'], help: 'the version', value: null, choices: [] };
  return { summary: '', words: [], flags: [version], commands: Object.fromEntries(shapes) };
}
