import { type Batch, divideSpecs } from './batches.ts';
import { containerNeeds, slowSpecs } from './real-containers.ts';
import type { LeftOut, Spec } from './spec.ts';

export interface PlanOptions {
  readonly specs: readonly Spec[];
  /** Processes at a time. */
  readonly parallel: number;
  readonly simulated: boolean;
  /** Whether specs that need real containers run on simulated nodes, too. */
  readonly all: boolean;
  readonly hasKubectl: boolean;
  /** Names of specs that passed in an earlier run. */
  readonly passed: ReadonlySet<string>;
}

/** What would run, and what not. */
export interface Plan {
  readonly batches: readonly Batch[];
  readonly leftOut: readonly LeftOut[];
  /** Specs that run but wait for long, with the time. */
  readonly slow: readonly { readonly spec: Spec; readonly waits: string }[];
}

/** Decides which specs run, and in which processes. */
export function planRun(options: PlanOptions): Plan {
  const leftOut: LeftOut[] = [];
  const wanted: Spec[] = [];
  for (const spec of options.specs) {
    const reason = findReason(spec, options);
    if (reason === null) wanted.push(spec);
    else leftOut.push({ spec, reason });
  }
  const slow = wanted.flatMap((spec) => {
    const found = slowSpecs.find(({ file, only }) => spec.file === file && spec.name.includes(only));
    return found === undefined ? [] : [{ spec, waits: found.waits }];
  });
  return { batches: divideSpecs(wanted, options.parallel), leftOut, slow };
}

export const passedBefore = 'passed in the earlier run';

function findReason(spec: Spec, { simulated, all, hasKubectl, passed }: PlanOptions): string | null {
  if (passed.has(spec.name)) return passedBefore;
  if (!hasKubectl && spec.file.startsWith('test/e2e/kubectl/')) return 'need kubectl, which is not on the PATH';
  return simulated && !all ? findContainerNeed(spec) : null;
}

/** Why simulated nodes cannot pass a spec; null: nothing is known against it. */
export function findContainerNeed({ file, name }: Spec): string | null {
  const found = containerNeeds.find(
    (need) =>
      (need.file.endsWith('/') ? file.startsWith(need.file) : file === need.file) &&
      (need.only === undefined || need.only.some((part) => name.includes(part))) &&
      !need.except?.some((part) => name.includes(part)),
  );
  return found?.reason ?? null;
}
