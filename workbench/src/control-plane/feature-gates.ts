import { readProgramOutput } from '@snoop/snoopdb';
import type { Program } from './programs/program.ts';

/**
 * `--runtime-config=api/all=true` does not serve group versions whose storage also needs a feature gate; these are
 * the gates (pkg/registry/<group>/rest of Kubernetes). AllAlpha=true would also turn on StorageVersionAPI, which
 * refuses writes for a while after each start.
 */
const gates = ['ClusterTrustBundle', 'PodCertificateRequest', 'GenericWorkload', 'StorageVersionMigrator'];

/** Lists the flags for gates that are off by default. A program refuses an unknown gate, so its help is read first. */
export async function listFeatureFlags(program: Program): Promise<string[]> {
  const help = await readProgramOutput(program.path, ['--help'], { env: {} });
  const off = gates.filter((gate) => new RegExp(`\\b${gate}=true\\|false \\([A-Z]+ - default=false\\)`).test(help));
  return off.length === 0 ? [] : [`--feature-gates=${off.map((gate) => `${gate}=true`).join(',')}`];
}
