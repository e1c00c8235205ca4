import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { SnoopError } from '../errors.ts';
import { formatJson } from '../output/control-characters.ts';

/** In the words of a command: the folder for JUnit and other reports. */
const reportPlaceholder = '{report}';

/** Replaces `{report}` in the command's words. */
export function fillCommand(words: readonly string[], reportFolder: string): string[] {
  return words.map((word) => word.replaceAll(reportPlaceholder, reportFolder));
}

/**
 * Creates the environment of the suite: the cluster in KUBECONFIG, the folder for reports in SNOOP_REPORT_DIR.
 *
 * @param folder for a file that selects the context, if the kubeconfig itself selects another one
 */
export function createSuiteEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  kubeconfig: KubeconfigChoice,
  { folder, reportFolder }: { readonly folder: string; readonly reportFolder: string },
): Record<string, string | undefined> {
  const files = [...kubeconfig.files];
  if (kubeconfig.context !== null && readCurrentContext(kubeconfig) !== kubeconfig.context) {
    // In a list of files, the first one that names a context selects it.
    const selecting = join(folder, 'context.kubeconfig');
    const content = { apiVersion: 'v1', kind: 'Config', 'current-context': kubeconfig.context };
    writeFileSync(selecting, formatJson(content), { mode: 0o600 });
    files.unshift(selecting);
  }
  return { ...env, KUBECONFIG: files.join(delimiter), SNOOP_REPORT_DIR: reportFolder };
}

function readCurrentContext({ files }: KubeconfigChoice): string | null {
  try {
    return readKubeconfig({ files, context: null }).context.name;
  } catch (error) {
    if (error instanceof SnoopError && error.code === 'unknown_context') return null;
    throw error;
  }
}
