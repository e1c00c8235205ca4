import { SnoopError, wrongUse } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { parseRelease } from '../release.ts';
import { readArray, runDocker } from './docker.ts';
import type { Tools } from './docker.ts';
import { explainFullDisk } from './full-disk.ts';

/** A node image on this machine that can run here. */
export interface NodeImage {
  readonly name: string;
  /** The release in its /kind/version. */
  readonly release: string;
}

export interface NodeImageChoice {
  /** `--image`. */
  readonly image: string | undefined;
  /** `--release`, parsed. */
  readonly release: string | undefined;
  /** `SNOOP_KIND_IMAGE`. */
  readonly fromEnvironment: string | null;
}

/** The releases of kind's node images (release notes of kind v0.33.0); not every patch release has one. */
const published = ['1.37.0', '1.36.4', '1.35.8', '1.34.11'];
const defaultNodeRelease = '1.37.0';

/** Chooses `--image`, else `SNOOP_KIND_IMAGE`, else kind's image of the release. */
export function chooseNodeImage({ image, release, fromEnvironment }: NodeImageChoice): string {
  return image ?? fromEnvironment ?? `kindest/node:v${release ?? defaultNodeRelease}`;
}

/**
 * Finds or pulls the node image, and checks that it can run here.
 *
 * @param cpu the engine's, as Docker names it: `amd64`
 * @throws SnoopError `no_node_image` (also for other images), `other_cpu`; `other_release` (exit code 2) when the
 *   image has another release than the requested one: its content counts, not its tag
 */
export async function findNodeImage(
  tools: Tools,
  progress: Progress,
  choice: NodeImageChoice,
  cpu: string,
): Promise<NodeImage> {
  const name = chooseNodeImage(choice);
  if (name.startsWith('-')) {
    // docker would read it as a flag.
    throw wrongUse(`'${name}' cannot be an image name.`, 'Use a node image: --image IMAGE or SNOOP_KIND_IMAGE.');
  }
  const found = (await inspectImage(tools, name)) ?? (await fetchImage(tools, progress, name));
  if (found.cpu !== cpu) {
    throw new SnoopError('other_cpu', `The node image ${name} is for ${found.cpu}, but Docker runs on ${cpu}.`, {
      advice: [
        `Use one for ${cpu}: --image IMAGE or SNOOP_KIND_IMAGE.`,
        `To get this image for this CPU: 'docker image rm ${name}', then 'docker pull --platform linux/${cpu} ${name}'.`,
      ],
    });
  }
  const release = await readRelease(tools, name);
  if (choice.release !== undefined && choice.release !== release) {
    throw new SnoopError('other_release', `The node image ${name} has Kubernetes ${release}, not ${choice.release}.`, {
      exitCode: 2,
      advice: [
        `Omit --release to use ${release}, or use an image of ${choice.release}: --image IMAGE.`,
        ...(choice.image === undefined && choice.fromEnvironment !== null
          ? ["The image is from SNOOP_KIND_IMAGE; unset it to use kind's."]
          : []),
      ],
    });
  }
  return { name, release };
}

/** Inspects an image; null when it is not on this machine. */
export async function inspectImage(tools: Tools, name: string): Promise<{ id: string; cpu: string } | null> {
  const { exitCode, stdout } = await runDocker(tools, ['image', 'inspect', name]);
  const first = exitCode === 0 ? readArray(stdout)[0] : undefined;
  if (typeof first !== 'object' || first === null) return null;
  return { id: String(Reflect.get(first, 'Id')), cpu: String(Reflect.get(first, 'Architecture')) };
}

async function fetchImage(tools: Tools, progress: Progress, name: string): Promise<{ id: string; cpu: string }> {
  const outcome = await progress.step(`Pulling the node image ${name} (about 1 GB, once)`, () =>
    runDocker(tools, ['pull', '--quiet', name]),
  );
  const fetched = outcome.exitCode === 0 ? await inspectImage(tools, name) : null;
  if (fetched) return fetched;
  const full = explainFullDisk(outcome.stderr);
  if (full) throw full;
  const lastLine = outcome.stderr.trim().split('\n').at(-1) ?? '';
  throw new SnoopError('no_node_image', `The node image ${name} is not on this machine and could not be pulled.`, {
    advice: [
      ...(lastLine === '' ? [] : [`| ${lastLine}`]),
      "Use a local one ('docker images'): --image IMAGE or SNOOP_KIND_IMAGE; or load it: 'docker load --input FILE'.",
      `Not every patch release has one: kind 0.33 has ${published.join(', ')}; see kind's release notes.`,
    ],
  });
}

async function readRelease(tools: Tools, name: string): Promise<string> {
  const args = ['run', '--rm', '--network', 'none', '--entrypoint', 'cat', name, '/kind/version'];
  const outcome = await runDocker(tools, args);
  if (outcome.exitCode === 0) {
    try {
      return parseRelease(outcome.stdout.trim());
    } catch {
      // Not a release: reported below.
    }
  }
  const full = explainFullDisk(outcome.stderr);
  if (full) throw full;
  const lastLine = (outcome.exitCode === 0 ? outcome.stdout : outcome.stderr).trim().split('\n').at(-1) ?? '';
  throw new SnoopError('no_node_image', `${name} is not a node image of kind: its /kind/version has no release.`, {
    advice: [`| ${lastLine}`, 'Use a node image: --image IMAGE or SNOOP_KIND_IMAGE.'],
  });
}
