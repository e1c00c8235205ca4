import type { User } from '@kubernetes/client-node';
import { describeSystemError, isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** What a kubeconfig says of the program that gives credentials. */
interface Plugin {
  readonly command?: unknown;
  readonly installHint?: unknown;
}

/** Why there are no credentials for a request, which was not sent then. */
export function explainCredentials(user: User | null, error: unknown): SnoopError {
  const plugin: Plugin | undefined = user?.exec ?? user?.authProvider?.config?.exec;
  const what = plugin === undefined ? explainFile(error) : explainPlugin(plugin, error);
  const hint = typeof plugin?.installHint === 'string' ? plugin.installHint.trim().split('\n') : [];
  const advice = ['The cluster was not asked anything.', ...hint];
  return new SnoopError('no_credentials', `There are no credentials for the user '${user?.name}': ${what}.`, {
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
  // Otherwise the message is what it wrote on stderr.
  const [said = ''] = readMessage(error).trim().split('\n').slice(-1);
  return `${program} failed${said === '' ? '' : `: ${said.replace(/\.$/, '')}`}`;
}

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
