import { readFile } from 'node:fs/promises';
import { isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';

/** The folder of the built page. */
export const webFolder = new URL('../../../web/dist/', import.meta.url);

/** Paths below {@link webFolder}. */
export interface PageAssets {
  readonly script: string;
  readonly styles: readonly string[];
}

interface ManifestEntry {
  readonly file: string;
  readonly css?: readonly string[];
}

/** @throws SnoopError `missing_program_file` if the page is not built */
export async function readAssets(): Promise<PageAssets> {
  const file = new URL('.vite/manifest.json', webFolder);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (!isSystemError(error, 'ENOENT')) throw error;
    throw new SnoopError('missing_program_file', 'The page is not built.', { cause: error, advice: ['npm run setup'] });
  });
  const manifest: Readonly<Record<string, ManifestEntry>> = JSON.parse(text);
  const entry = manifest['src/main.ts'];
  if (!entry) throw new Error(`${file.pathname} has no entry src/main.ts.`);
  return { script: entry.file, styles: entry.css ?? [] };
}
