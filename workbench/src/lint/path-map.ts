import { isAbsolute, resolve } from 'node:path';

/** A mounted folder or file. */
export interface Mount {
  readonly outside: string;
  readonly inside: string;
}

/** The mounts of a container, or of the machine that it runs on. */
export interface Layer {
  readonly mounts: readonly Mount[];
  /** Explains a path that no mount has. */
  readonly explainMissing: (path: string) => string;
}

/** A path on this machine, or why there is none; null: reported already. */
export type Located = { readonly here: string } | { readonly reason: string | null };

/** Finds an apiserver's path on this machine. */
export type Locate = (path: string) => Located;

export interface PathView {
  readonly locate: Locate;
  /** Whether it sees this machine's files: then a missing file is an error. */
  readonly isHere: boolean;
}

/** For a program on this machine. */
export const locateHere: Locate = (path) => ({ here: path });

/**
 * Resolves paths through mounts, from inside to outside.
 *
 * @param layers innermost first: a container's volumes, then the mounts of its machine
 * @param folder the base of relative outside paths
 */
export function createLocate(layers: readonly Layer[], folder: string): Locate {
  return (path) => {
    let here = path;
    for (const { mounts, explainMissing } of layers) {
      const found = mounts
        .filter(({ inside }) => isBelow(here, inside))
        .sort((a, b) => b.inside.length - a.inside.length)[0];
      if (found === undefined) return { reason: explainMissing(here) };
      here = found.outside + here.slice(found.inside.replace(/\/$/, '').length);
    }
    return { here: isAbsolute(here) ? here : resolve(folder, here) };
  };
}

/** Whether a path is the folder or below it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);
}
