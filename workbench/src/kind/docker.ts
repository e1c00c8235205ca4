import { ProgramNotFoundError, runProgram } from '@snoop/snoopdb';
import type { ProgramResult, ProgramOptions } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { explainOutcome } from './program-error.ts';

/** What every step needs. */
export interface Tools {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

type DockerOptions = Omit<ProgramOptions, 'env' | 'signal'>;

const requestTimeoutMs = 20_000;

/** A node container of a kind cluster. */
export interface NodeContainer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly running: boolean;
  readonly createdAt: Date;
  /** The name given when the container was created. */
  readonly image: string;
}

/** Runs docker; a failure is an outcome, not an error. */
export async function runDocker(
  tools: Tools,
  args: readonly string[],
  options: DockerOptions = {},
): Promise<ProgramResult> {
  try {
    const { environment, signal } = tools;
    return await runProgram('docker', args, { ...options, env: environment.forPrograms, signal });
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    throw new SnoopError('no_docker', 'A kind cluster needs Docker, but docker is not on the PATH.', {
      cause: error,
      advice: [
        'Install and start Docker, then try again.',
        "Or use 'snoop up': a real Kubernetes API on this machine without Docker.",
      ],
    });
  }
}

/**
 * Checks that the engine answers.
 *
 * @returns its CPU, as Docker names it: `amd64`
 * @throws SnoopError `no_docker`; `docker_away` when the engine does not answer
 */
export async function requireDocker(tools: Tools): Promise<{ readonly cpu: string }> {
  const args = ['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}'];
  const outcome = await runDocker(tools, args, { timeoutMs: requestTimeoutMs });
  const { exitCode, stdout, stderr } = outcome;
  const [os, cpu] = stdout.trim().split('/');
  if (exitCode === 0 && os === 'linux' && cpu !== undefined) return { cpu };
  if (exitCode === 0) {
    throw new SnoopError('docker_away', `Docker runs ${stdout.trim()} containers, but kind needs Linux containers.`, {
      advice: ['Switch Docker to Linux containers.'],
    });
  }
  const denied = /permission denied/i.test(stderr);
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  const how = exitCode === null ? `gave no answer within ${requestTimeoutMs / 1000} s` : 'does not answer';
  throw new SnoopError(
    'docker_away',
    `A kind cluster needs Docker, but ${denied ? 'you may not use its engine' : `its engine ${how}`}.`,
    {
      advice: [
        ...(lastLine === '' ? [] : [`| ${lastLine}`]),
        denied
          ? "Join the group 'docker' and log in again, or use Docker's rootless mode."
          : "Start it ('sudo systemctl start docker', or Docker Desktop), and check DOCKER_HOST and 'docker context ls'.",
        "Or use 'snoop up': a real Kubernetes API on this machine without Docker.",
      ],
    },
  );
}

/** Lists all containers, running or not, that kind created for a cluster; sorted by name. */
export async function listNodes(tools: Tools, cluster: string): Promise<NodeContainer[]> {
  const filter = ['--filter', `label=io.x-k8s.kind.cluster=${cluster}`];
  const listed = await requireDockerRun(tools, ['ps', '--all', '--quiet', '--no-trunc', ...filter], 'list the nodes');
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length === 0) return [];
  // If a container was removed in between, docker fails but still prints the others.
  const { stdout } = await runDocker(tools, ['inspect', '--type', 'container', ...ids]);
  return readArray(stdout)
    .map(readContainer)
    .sort((left, right) => left.name.localeCompare(right.name));
}

/** Runs a program on a node. */
export function runOnNode(
  tools: Tools,
  node: string,
  command: readonly string[],
  options: DockerOptions = {},
): Promise<ProgramResult> {
  return runDocker(tools, ['exec', node, ...command], options);
}

/** Starts node containers that were stopped. */
export async function startNodes(tools: Tools, nodes: readonly NodeContainer[]): Promise<void> {
  await requireDockerRun(tools, ['start', ...nodes.map(({ id }) => id)], 'start the nodes');
}

/** Removes containers with their volumes, when kind is missing. */
export async function removeNodes(tools: Tools, nodes: readonly NodeContainer[]): Promise<void> {
  if (nodes.length === 0) return;
  await requireDockerRun(tools, ['rm', '--force', '--volumes', ...nodes.map(({ id }) => id)], 'remove the nodes');
}

async function requireDockerRun(tools: Tools, args: readonly string[], purpose: string): Promise<string> {
  const outcome = await runDocker(tools, args);
  if (outcome.exitCode === 0) return outcome.stdout;
  throw explainOutcome(
    'docker_failed',
    `Docker could not ${purpose} ('docker ${args.slice(0, 2).join(' ')} …').`,
    outcome,
  );
}

/** Parses the JSON array of `docker inspect`; empty when there is none. */
export function readArray(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly State: { readonly Running: boolean };
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> | null };
}

function readContainer(inspected: unknown): NodeContainer {
  const { Id, Name, Created, State, Config } = inspected as InspectedContainer;
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    role: Config.Labels?.['io.x-k8s.kind.role'] ?? '',
    running: State.Running,
    createdAt: new Date(Created),
    image: Config.Image,
  };
}
