import { stripVTControlCharacters } from 'node:util';
import type { ProgramResult } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { findProjectRoot } from '../project-root.ts';
import { version } from '../version.ts';
import { readExtraCaCertificates } from './extra-ca-certificates.ts';
import { runDocker } from './docker.ts';
import { explainOutcome } from './program-error.ts';

/** An image that is built from this project and runs in a cluster. */
export interface OwnImage {
  readonly name: 'snoopdb' | 'auditlogger' | 'workbench';
  /** Its name and tag, which no registry has. */
  readonly reference: string;
  /** Relative to the project's root. */
  readonly dockerfile: string;
  /** The build stage; null: the last one. */
  readonly target: string | null;
}

/** In the order in which they are built. */
export const ownImages: readonly OwnImage[] = (['snoopdb', 'auditlogger', 'workbench'] as const).map((name) => ({
  name,
  reference: `localhost/snoop/${name}:${version}`,
  ...(name === 'snoopdb'
    ? { dockerfile: 'snoopdb/Dockerfile', target: null }
    : { dockerfile: 'Dockerfile', target: name }),
}));

export interface BuildOptions {
  readonly environment: Environment;
  readonly progress: Progress;
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** Called with each command before it runs, as typed in the project's root. */
  readonly onCommand?: (command: string) => void;
}

/** Variables passed to the builds; the Dockerfiles explain them. */
const passedVariables: Readonly<Record<OwnImage['name'], readonly string[]>> = {
  snoopdb: ['BASE_IMAGE', 'DEBIAN_MIRROR'],
  auditlogger: ['BASE_IMAGE', 'NPM_CONFIG_REGISTRY'],
  workbench: ['BASE_IMAGE', 'DEBIAN_MIRROR', 'NPM_CONFIG_REGISTRY', 'KUBECTL_SOURCE', 'KUBECTL_URL', 'KUBECTL_VERSION'],
};

/** Predefined build arguments of Docker, which it keeps out of the image. */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/**
 * Builds the images of a cluster with `docker build`; unchanged steps come from its cache.
 *
 * The environment decides their sources: BASE_IMAGE, DEBIAN_MIRROR, NPM_CONFIG_REGISTRY, KUBECTL_SOURCE, the proxies,
 * the CA certificates in NODE_EXTRA_CA_CERTS, and SNOOP_BUILD_NETWORK for the builds' network.
 *
 * @throws SnoopError `no_docker`, `build_failed` with the last lines of the build, `disk_full`; the signal's reason
 */
export async function buildImages({ environment, progress, signal, onCommand }: BuildOptions): Promise<void> {
  const root = findProjectRoot();
  const caCertificates = readExtraCaCertificates(environment.forPrograms.NODE_EXTRA_CA_CERTS);
  const variables = {
    ...environment.forPrograms,
    ...(caCertificates === null ? {} : { EXTRA_CA_CERTS: caCertificates }),
  };
  // Values go through the environment: docker reads the value of a build argument given by name alone.
  const tools = { environment: { ...environment, forPrograms: variables }, signal };
  for (const image of ownImages) {
    const args = listBuildArgs(image, variables);
    onCommand?.(['docker', ...args.map(({ shown }) => shown)].join(' '));
    const words = args.map(({ word }) => word);
    const outcome = await progress.step(`Building ${image.reference}`, () => runDocker(tools, words, { cwd: root }));
    if (outcome.exitCode !== 0) throw explainBuild(image, outcome);
  }
}

interface BuildWord {
  readonly word: string;
  /** Quoted for a shell. */
  readonly shown: string;
}

function listBuildArgs(image: OwnImage, variables: Readonly<Record<string, string | undefined>>): BuildWord[] {
  const plain = (word: string): BuildWord => ({ word, shown: quote(word) });
  const names = [...passedVariables[image.name], ...proxies].filter((name) => variables[name]);
  const network = variables.SNOOP_BUILD_NETWORK;
  return [
    // A failed or interrupted step leaves no container.
    ...['build', '--force-rm', '--file', image.dockerfile].map(plain),
    ...(image.target === null ? [] : ['--target', image.target].map(plain)),
    ...['--tag', image.reference].map(plain),
    ...(network ? ['--network', network].map(plain) : []),
    ...names.flatMap((name) => [
      plain('--build-arg'),
      { word: name, shown: quote(`${name}=${withoutPassword(variables[name] ?? '')}`) },
    ]),
    // Too long to print; set it in the environment to repeat the command.
    ...(variables.EXTRA_CA_CERTS && image.name !== 'snoopdb' ? ['--build-arg', 'EXTRA_CA_CERTS'].map(plain) : []),
    plain('.'),
  ];
}

/** Printed commands may end up in a log. */
function withoutPassword(text: string): string {
  return text.replace(/(\/\/)(?:([^/@\s:]*:)[^/@\s]*|[^/@\s]+)@/g, '$1$2***@');
}

function quote(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Known build errors and their remedies. */
const causes: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  {
    pattern: /pull access denied|manifest unknown|failed to resolve source metadata|error pulling image|no such host/i,
    advice: 'The base image is not available: set BASE_IMAGE to a Debian with Node that is.',
  },
  {
    pattern: /SELF_SIGNED_CERT|unable to (get|verify).*certificate|certificate signed by unknown authority/i,
    advice: 'A proxy or mirror uses its own certificate: set NODE_EXTRA_CA_CERTS to its CA certificate (PEM).',
  },
  {
    pattern: /kubectl cannot be downloaded/,
    advice: "Set KUBECTL_SOURCE=debian to use Debian's kubectl.",
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|Temporary failure resolving|Could not connect|Unable to connect/,
    advice:
      "The build cannot reach the packages: set DEBIAN_MIRROR and NPM_CONFIG_REGISTRY to mirrors, or SNOOP_BUILD_NETWORK=host to use this machine's network.",
  },
];

function explainBuild({ reference }: OwnImage, outcome: ProgramResult): SnoopError {
  const { exitCode, stdout, stderr } = outcome;
  const output = withoutPassword(stripNoise(`${stdout}\n${stderr}`));
  const error = explainOutcome('build_failed', `Docker could not build ${reference}.`, {
    exitCode,
    stdout: '',
    stderr: output,
  });
  if (error.code !== 'build_failed') return error;
  const ways = causes.flatMap(({ pattern, advice }) => (pattern.test(output) ? [advice] : [])).slice(0, 1);
  return new SnoopError(error.code, error.message, { advice: [...error.advice, ...ways] });
}

/** Removes colours, and the classic builder's deprecation notice. */
function stripNoise(output: string): string {
  return stripVTControlCharacters(output).replace(/^DEPRECATED: .*\n(?: {4,}.*\n)*/gm, '');
}
