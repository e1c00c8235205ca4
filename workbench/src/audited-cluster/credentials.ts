import type { User } from '@kubernetes/client-node';
import { describeSystemError, isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** A kubeconfig's entry for a credential plugin. */
interface Plugin {
  readonly command?: unknown;
  readonly installHint?: unknown;
}

/** Explains why a request has no credentials; it was not sent. */
export function explainCredentials(user: User | null, error: unknown): SnoopError {
  const plugin: Plugin | undefined = user?.exec ?? user?.authProvider?.config?.exec;
  const what = plugin === undefined ? explainFile(error) : explainPlugin(plugin, error);
  const hint = typeof plugin?.installHint === 'string' ? plugin.installHint.trim().split('\n') : [];
  const advice = ['No request was sent to the cluster.', ...hint];
  return new SnoopError('no_credentials', `No credentials for the user '${user?.name}': ${what}.`, {
    advice,
    cause: error,
  });
}

function explainFile(error: unknown): string {
  return describeSystemError(error) ?? readMessage(error);
}

function explainPlugin({ command }: Plugin, error: unknown): string {
  const program = `the program ${String(command)} of the kubeconfig`;
  if (isSystemError(error, 'ENOENT')) return `${program} is not installed`;
  const system = describeSystemError(error);
  if (system !== null) return system;
  if (error instanceof SyntaxError || error instanceof TypeError) return `${program} printed no ExecCredential`;
  // Otherwise the message is its stderr.
  const [said = ''] = readMessage(error).trim().split('\n').slice(-1);
  return `${program} failed${said === '' ? '' : `: ${said.replace(/\.$/, '')}`}`;
}

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
