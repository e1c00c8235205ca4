import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Finds the project's root: in an installed package, the part of it that was packed for kind clusters. */
export function findProjectRoot(): string {
  const packed = fileURLToPath(new URL('../project', import.meta.url));
  return existsSync(packed) ? packed : fileURLToPath(new URL('../..', import.meta.url));
}
