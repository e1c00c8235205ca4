import { isAbsolute, resolve } from 'node:path';

/** A folder or file, and under which path it is seen inside. */
export interface Mount {
  readonly outside: string;
  readonly inside: string;
}

/** The mounts of a container, or of the machine that it runs on. */
export interface Layer {
  readonly mounts: readonly Mount[];
  /** What to say of a path that none of the mounts brings. */
  readonly explainMissing: (path: string) => string;
}

/** A path on this machine; or why there is none, null where that was said already. */
export type Located = { readonly here: string } | { readonly reason: string | null };

/** Where a path that the apiserver sees is on this machine, if its mounts reach so far. */
export type Locate = (path: string) => Located;

/** Where a program's paths are. */
export interface PathView {
  readonly locate: Locate;
  /** Whether it sees the files of this machine: what is not here will be missing there. */
  readonly isHere: boolean;
}

/** A program on this machine sees what is here. */
export const locateHere: Locate = (path) => ({ here: path });

/**
 * Follows paths through mounts, from inside to outside.
 *
 * @param layers the innermost first: a container's volumes, then the mounts of the machine that it runs on
 * @param folder what relative outside paths start from
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

/** Whether a path is a folder, or in it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);
}
