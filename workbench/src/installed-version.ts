import { readFileSync } from 'node:fs';

/** The version of a package that this program uses; null if its folder has an unusual layout. */
export function readInstalledVersion(name: string): string | null {
  const url = import.meta.resolve(name);
  const at = url.lastIndexOf(`/node_modules/${name}/`);
  if (at < 0) return null;
  const file = new URL(`${url.slice(0, at)}/node_modules/${name}/package.json`);
  const manifest: { version?: string } = JSON.parse(readFileSync(file, 'utf8'));
  return manifest.version ?? null;
}
