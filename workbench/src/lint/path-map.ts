import { isAbsolute, resolve } from 'node:path';

/** A folder or file, and under which path it is seen inside. */
export interface Mount {
  readonly outside: string;
  readonly inside: string;
}

/** Where a path that the apiserver sees is on this machine, if its mounts reach so far. */
export type Locate = (path: string) => { readonly here: string } | 'not mounted';

/** A program on this machine sees what is here. */
export const locateHere: Locate = (path) => ({ here: path });

/**
 * Follows paths through mounts, from inside to outside.
 *
 * @param layers the innermost first: a container's volumes, then the mounts of the machine that it runs on
 * @param folder what relative outside paths start from
 */
export function createLocate(layers: readonly (readonly Mount[])[], folder: string): Locate {
  return (path) => {
    let here = path;
    for (const mounts of layers) {
      const found = mounts
        .filter(({ inside }) => here === inside || here.startsWith(`${inside.replace(/\/$/, '')}/`))
        .sort((a, b) => b.inside.length - a.inside.length)[0];
      if (found === undefined) return 'not mounted';
      here = found.outside + here.slice(found.inside.replace(/\/$/, '').length);
    }
    return { here: isAbsolute(here) ? here : resolve(folder, here) };
  };
}
