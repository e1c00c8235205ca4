import { measureParts } from '../measurement/parts.ts';

const parts = {
  'coverage-file': () => import('./coverage-file.ts'),
  'audit-log': () => import('./audit-log.ts'),
};

/** Measures `snoop gate` as a process, for all of Kubernetes. */
export function measure(args: readonly string[]): Promise<number> {
  return measureParts('gate', parts, args);
}
