import { measureParts } from '../measurement/parts.ts';

const parts = {
  proxy: () => import('./proxy.ts'),
  'audited-client': () => import('./audited-client.ts'),
  'many-requests': () => import('./many-requests.ts'),
  watch: () => import('./watch.ts'),
  'audit-run': () => import('./audit-run.ts'),
};

/** Measures what it costs to record requests, on a local control plane of its own. */
export function measure(args: readonly string[]): Promise<number> {
  return measureParts('workbench', parts, args);
}
