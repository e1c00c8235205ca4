import type { Plan } from './plan.ts';
import type { LeftOut } from './spec.ts';

/** Lists what would run, in which processes, what is left out and why: `snoop e2e --dry-run`. */
export function formatPlan(plan: Plan, parallel: number): string {
  const batches = plan.batches.flatMap(({ specs, isSerial }, at) => [
    `Process ${at + 1}${isSerial ? ', alone' : ''}:`,
    ...specs.map(({ name }) => `  ${name}`),
  ]);
  const left = groupByReason(plan.leftOut).flatMap(([reason, names]) => [
    `Left out, since they ${reason}:`,
    ...names.map((name) => `  ${name}`),
  ]);
  return [...batches, ...left, summarizePlan(plan, parallel)].join('\n');
}

/** Says in a few lines what runs and what does not. */
export function summarizePlan({ batches, leftOut, slow }: Plan, parallel: number): string {
  const count = batches.reduce((sum, { specs }) => sum + specs.length, 0);
  const serial = batches.filter(({ isSerial }) => isSerial).reduce((sum, { specs }) => sum + specs.length, 0);
  const lines = [
    `${countSpecs(count)} in ${countProcesses(batches.length)}, ${parallel === 1 ? 'one after the other' : `${parallel} at a time`}${
      parallel > 1 && serial > 0 ? `; ${serial} of them ${serial === 1 ? 'runs' : 'run'} alone, at the end` : ''
    }.`,
  ];
  if (leftOut.length > 0) lines.push(`${countSpecs(leftOut.length)} left out:`);
  for (const [reason, names] of groupByReason(leftOut)) lines.push(`  ${names.length} ${reason}`);
  for (const { spec, waits } of slow) lines.push(`This spec waits ${waits}: ${spec.name}`);
  return lines.join('\n');
}

function groupByReason(leftOut: readonly LeftOut[]): [reason: string, names: string[]][] {
  const groups = new Map<string, string[]>();
  for (const { spec, reason } of leftOut) groups.set(reason, [...(groups.get(reason) ?? []), spec.name]);
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function countSpecs(count: number): string {
  return count === 1 ? '1 spec' : `${count} specs`;
}

function countProcesses(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}
