import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Outcome } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { version } from '../version.ts';
import { readExtraCaCertificates } from './extra-ca-certificates.ts';
import { runDocker } from './docker.ts';
import { explainOutcome } from './program-error.ts';

/** An image that is built from this project and runs in a cluster. */
export interface OwnImage {
  readonly name: 'snoopdb' | 'auditlogger' | 'workbench';
  /** Its name and tag: one that no registry answers for. */
  readonly reference: string;
  /** From the project's root. */
  readonly dockerfile: string;
  /** The stage of it; null: its last one. */
  readonly target: string | null;
}

/** All of them, in the order in which they are built. */
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
  /** Told each command before it runs, as a person would type it in the project's root. */
  readonly onCommand?: (command: string) => void;
}

/** Handed on to the builds when they are set; the Dockerfiles say what they mean. */
const passedVariables: Readonly<Record<OwnImage['name'], readonly string[]>> = {
  snoopdb: ['BASE_IMAGE', 'DEBIAN_MIRROR'],
  auditlogger: ['BASE_IMAGE', 'NPM_CONFIG_REGISTRY'],
  workbench: ['BASE_IMAGE', 'DEBIAN_MIRROR', 'NPM_CONFIG_REGISTRY', 'KUBECTL_SOURCE', 'KUBECTL_URL', 'KUBECTL_VERSION'],
};

/** Docker knows these without a word about them in the Dockerfile, and keeps them out of the image. */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/**
 * Builds the images that a cluster runs, with `docker build`. What has not changed since the last time is not built again.
 *
 * The environment decides what they are built from: BASE_IMAGE, DEBIAN_MIRROR, NPM_CONFIG_REGISTRY, KUBECTL_SOURCE, the
 * proxies, the authorities in NODE_EXTRA_CA_CERTS, and SNOOP_BUILD_NETWORK for the network of the builds.
 *
 * @throws SnoopError `no_docker`, `build_failed` with the last lines of the build, `disk_full`; the signal's reason
 */
export async function buildImages({ environment, progress, signal, onCommand }: BuildOptions): Promise<void> {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const authorities = readExtraCaCertificates(environment.forPrograms.NODE_EXTRA_CA_CERTS);
  const variables = { ...environment.forPrograms, ...(authorities === null ? {} : { EXTRA_CA_CERTS: authorities }) };
  // A variable's value goes by the environment: of a name alone docker takes it from there.
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
  /** Ready to be pasted into a shell. */
  readonly shown: string;
}

function listBuildArgs(image: OwnImage, variables: Readonly<Record<string, string | undefined>>): BuildWord[] {
  const plain = (word: string): BuildWord => ({ word, shown: quote(word) });
  const names = [...passedVariables[image.name], ...proxies].filter((name) => variables[name]);
  const network = variables.SNOOP_BUILD_NETWORK;
  return [
    // A step that fails or is interrupted leaves no container behind.
    ...['build', '--force-rm', '--file', image.dockerfile].map(plain),
    ...(image.target === null ? [] : ['--target', image.target].map(plain)),
    ...['--tag', image.reference].map(plain),
    ...(network ? ['--network', network].map(plain) : []),
    ...names.flatMap((name) => [
      plain('--build-arg'),
      { word: name, shown: quote(`${name}=${withoutPassword(variables[name] ?? '')}`) },
    ]),
    // Too long to be read; whoever pastes the line has to bring it in the environment.
    ...(variables.EXTRA_CA_CERTS && image.name !== 'snoopdb' ? ['--build-arg', 'EXTRA_CA_CERTS'].map(plain) : []),
    plain('.'),
  ];
}

/** What is shown may end up in somebody's log. */
function withoutPassword(text: string): string {
  return text.replace(/(\/\/)(?:([^/@\s:]*:)[^/@\s]*|[^/@\s]+)@/g, '$1$2***@');
}

function quote(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What a build says, and what it means. */
const causes: readonly { readonly said: RegExp; readonly advice: string }[] = [
  {
    said: /pull access denied|manifest unknown|failed to resolve source metadata|error pulling image|no such host/i,
    advice: 'The base image cannot be had: name a Debian with Node that can be, or is on this machine, in BASE_IMAGE.',
  },
  {
    said: /SELF_SIGNED_CERT|unable to (get|verify).*certificate|certificate signed by unknown authority/i,
    advice:
      'Something between here and the packages shows a certificate of its own: name its authority (PEM) in NODE_EXTRA_CA_CERTS.',
  },
  {
    said: /kubectl cannot be downloaded/,
    advice: 'KUBECTL_SOURCE=debian takes the kubectl of the Debian release instead.',
  },
  {
    said: /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|Temporary failure resolving|Could not connect|Unable to connect/,
    advice:
      'The packages cannot be reached from a build: DEBIAN_MIRROR and NPM_CONFIG_REGISTRY name mirrors; SNOOP_BUILD_NETWORK=host gives builds the network of this machine.',
  },
];

function explainBuild({ reference }: OwnImage, outcome: Outcome): SnoopError {
  const { exitCode, stdout, stderr } = outcome;
  const said = withoutPassword(stripNoise(`${stdout}\n${stderr}`));
  const error = explainOutcome('build_failed', `Docker could not build ${reference}.`, {
    exitCode,
    stdout: '',
    stderr: said,
  });
  if (error.code !== 'build_failed') return error;
  const ways = causes.flatMap(({ said: pattern, advice }) => (pattern.test(said) ? [advice] : [])).slice(0, 1);
  return new SnoopError(error.code, error.message, { advice: [...error.advice, ...ways] });
}

/** The classic builder paints what a step says, and speaks of its own age at every build. */
function stripNoise(said: string): string {
  return stripVTControlCharacters(said).replace(/^DEPRECATED: .*\n(?: {4,}.*\n)*/gm, '');
}
