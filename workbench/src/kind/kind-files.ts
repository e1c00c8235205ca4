import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SnoopError } from '../errors.ts';

/** What of the project's files a kind cluster is made from. */
export interface KindFiles {
  /** The project's root: the paths in the config count from it. */
  readonly root: string;
  readonly config: string;
  /** What is applied. */
  readonly overlay: string;
}

/**
 * The project that this program is part of, wherever it is called.
 *
 * @throws SnoopError `no_project` for a program that was installed without it
 */
export function findKindFiles(): KindFiles {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const files = { root, config: join(root, 'kind', 'kind.yaml'), overlay: join(root, 'manifests', 'kind') };
  const missing = [files.config, files.overlay].find((file) => !existsSync(file));
  if (missing === undefined) return files;
  throw new SnoopError('no_project', `A kind cluster is made from the project's files, and there is no ${missing}.`, {
    advice: ['Call snoop of a whole checkout.'],
  });
}
