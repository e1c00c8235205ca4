import { readProgramOutput } from '@snoop/snoopdb';
import type { Program } from './programs/program.ts';

/**
 * `--runtime-config=api/all=true` serves every group version but those whose storage also wants its feature gate; these are
 * the gates (pkg/registry/<group>/rest of Kubernetes). AllAlpha=true is no way: it also turns on StorageVersionAPI, which
 * refuses writes for a while after each start.
 */
const gates = ['ClusterTrustBundle', 'PodCertificateRequest', 'GenericWorkload', 'StorageVersionMigrator'];

/**
 * The flags that turn on the gates of groups which are off by default. A program refuses a gate that it does not know, so
 * its own help says which it has.
 */
export async function listFeatureFlags(program: Program): Promise<string[]> {
  const help = await readProgramOutput(program.path, ['--help'], { env: {} });
  const off = gates.filter((gate) => new RegExp(`\\b${gate}=true\\|false \\([A-Z]+ - default=false\\)`).test(help));
  return off.length === 0 ? [] : [`--feature-gates=${off.map((gate) => `${gate}=true`).join(',')}`];
}
