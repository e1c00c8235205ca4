import { ProgramNotFoundError, runProgram } from '@snoop/snoopdb';
import type { ProgramResult } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Tools } from './docker.ts';
import { explainOutcome } from './program-error.ts';
import type { KindState } from './state.ts';

/** @throws SnoopError `no_kubectl` */
export async function requireKubectl(tools: Tools): Promise<void> {
  const outcome = await runKubectl(tools, ['version', '--client', '--output', 'json']);
  if (outcome.exitCode !== 0)
    throw explainOutcome('no_kubectl', "'kubectl version --client' prints no version.", outcome);
}

/** Applies a kustomize folder. @throws SnoopError `apply_failed` */
export async function applyOverlay(tools: Tools, { kubeconfig, context }: KindState, overlay: string): Promise<void> {
  const outcome = await runKubectl(tools, [
    '--kubeconfig',
    kubeconfig,
    '--context',
    context,
    'apply',
    '--kustomize',
    overlay,
  ]);
  if (outcome.exitCode === 0) return;
  throw explainOutcome('apply_failed', `The manifests could not be applied ('kubectl apply -k ${overlay}').`, outcome);
}

async function runKubectl({ environment, signal }: Tools, args: readonly string[]): Promise<ProgramResult> {
  try {
    return await runProgram('kubectl', args, { env: environment.forPrograms, signal });
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    throw new SnoopError('no_kubectl', 'kubectl is not on the PATH.', {
      cause: error,
      advice: [
        "Install it, at most one minor release older or newer than the cluster; 'snoop' applies manifests with it.",
      ],
    });
  }
}
