import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SnoopError } from '../errors.ts';
import { findProjectRoot } from '../project-root.ts';

/** The project's files for a kind cluster. */
export interface KindFiles {
  /** The project's root; paths in the config are relative to it. */
  readonly root: string;
  readonly config: string;
  /** The kustomize folder to apply. */
  readonly overlay: string;
}

/**
 * Finds the files in the project of this program.
 *
 * @throws SnoopError `no_project` when the program was installed without it
 */
export function findKindFiles(): KindFiles {
  const root = findProjectRoot();
  const files = { root, config: join(root, 'kind', 'kind.yaml'), overlay: join(root, 'manifests', 'kind') };
  const missing = [files.config, files.overlay].find((file) => !existsSync(file));
  if (missing === undefined) return files;
  throw new SnoopError('no_project', `A kind cluster needs the project's files, but ${missing} is missing.`, {
    advice: ['Run snoop from a full checkout.'],
  });
}
