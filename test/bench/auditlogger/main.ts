import { measureParts } from '../measurement/parts.ts';

const parts = {
  throughput: () => import('./throughput.ts'),
  memory: () => import('./memory.ts'),
  'open-loop': () => import('./open-loop.ts'),
  'single-events': () => import('./single-events.ts'),
};

/** Measures the auditlogger as a program, on a temporary PostgreSQL of its own. */
export function measure(args: readonly string[]): Promise<number> {
  return measureParts('auditlogger', parts, args);
}
