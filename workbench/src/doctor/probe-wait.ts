import { chooseLimits } from '../evidence/outage.ts';
import type { DoctorOptions, Facts } from './station.ts';

const maxWaitMs = 3_600_000;

/** How long a probe may take to SnoopDB. */
export function chooseWait({ waitMs }: DoctorOptions, { target }: Facts): number {
  return Math.min(maxWaitMs, waitMs ?? chooseLimits(target?.kind === 'local').noProgressMs);
}
