import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandShape } from '@snoop/snoopdb/command-line';

/** What completion needs to know, kept in the cache: loading all commands takes seconds. */
export interface CompletionData {
  /** Identifies the build it was made from. */
  readonly build: string;
  readonly root: CommandShape;
  /** Of the newest release that ships. */
  readonly endpoints: readonly string[];
  readonly kinds: readonly string[];
  readonly releases: readonly string[];
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Changes with every build and every installation. */
export function identifyBuild(): string {
  for (const name of ['dist/.tsbuildinfo', 'package.json']) {
    const stat = statSync(join(packageFolder, name), { throwIfNoEntry: false });
    if (stat !== undefined) return `${stat.ctimeMs} ${stat.size}`;
  }
  return '';
}

/** Each installation has its own file. */
export function locateData(cacheFolder: string): string {
  const name = createHash('sha256').update(packageFolder).digest('hex').slice(0, 16);
  return join(cacheFolder, 'completion', `${name}.json`);
}

/** Returns the data in the cache; null if there is none of this build. */
export function readData(cacheFolder: string): CompletionData | null {
  try {
    const data: CompletionData = JSON.parse(readFileSync(locateData(cacheFolder), 'utf8'));
    return data.build === identifyBuild() ? data : null;
  } catch {
    return null;
  }
}
