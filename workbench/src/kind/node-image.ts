import { SnoopError, wrongUse } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { parseRelease } from '../release.ts';
import { readArray, runDocker } from './docker.ts';
import type { Tools } from './docker.ts';
import { explainFullDisk } from './full-disk.ts';

/** A node image that is on this machine and fits it. */
export interface NodeImage {
  readonly name: string;
  /** What /kind/version in it says, as a release. */
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

/** The releases of kind's own node images, which not every patch release has: release notes of kind v0.33.0. */
const published = ['1.37.0', '1.36.4', '1.35.8', '1.34.11'];
const defaultNodeRelease = '1.36.4';

/** `--image`, else `SNOOP_KIND_IMAGE`, else kind's own image of the release. */
export function chooseNodeImage({ image, release, fromEnvironment }: NodeImageChoice): string {
  return image ?? fromEnvironment ?? `kindest/node:v${release ?? defaultNodeRelease}`;
}

/**
 * Finds the node image on this machine, or fetches it, and looks whether it can run here.
 *
 * @param cpu the engine's, in Docker's words: `amd64`
 * @throws SnoopError `no_node_image`, `other_cpu`, `no_node_image` for one that is none; `other_release` (exit code 2) when
 *   the image is not of the release that was asked for: what is in the image counts, not its tag
 */
export async function findNodeImage(
  tools: Tools,
  progress: Progress,
  choice: NodeImageChoice,
  cpu: string,
): Promise<NodeImage> {
  const name = chooseNodeImage(choice);
  if (name.startsWith('-')) {
    // docker would read it as one of its flags.
    throw wrongUse(`'${name}' cannot be an image's name.`, 'Name a node image: --image IMAGE or SNOOP_KIND_IMAGE.');
  }
  const found = (await inspectImage(tools, name)) ?? (await fetchImage(tools, progress, name));
  if (found.cpu !== cpu) {
    throw new SnoopError('other_cpu', `The node image ${name} is for ${found.cpu}, and Docker runs on ${cpu} here.`, {
      advice: [
        `Name one for ${cpu}: --image IMAGE or SNOOP_KIND_IMAGE.`,
        `One of the same name for this CPU: 'docker image rm ${name}', then 'docker pull --platform linux/${cpu} ${name}'.`,
      ],
    });
  }
  const release = await readRelease(tools, name);
  if (choice.release !== undefined && choice.release !== release) {
    throw new SnoopError(
      'other_release',
      `Kubernetes ${choice.release} is wanted, and the node image ${name} holds ${release}.`,
      {
        exitCode: 2,
        advice: [
          `Leave --release away to take ${release}, or name the image of ${choice.release}: --image IMAGE.`,
          ...(choice.image === undefined && choice.fromEnvironment !== null
            ? ["The image comes from SNOOP_KIND_IMAGE; without that variable it would be kind's own."]
            : []),
        ],
      },
    );
  }
  return { name, release };
}

/** An image of this machine; null when there is none of that name. */
export async function inspectImage(tools: Tools, name: string): Promise<{ id: string; cpu: string } | null> {
  const { exitCode, stdout } = await runDocker(tools, ['image', 'inspect', name]);
  const first = exitCode === 0 ? readArray(stdout)[0] : undefined;
  if (typeof first !== 'object' || first === null) return null;
  return { id: String(Reflect.get(first, 'Id')), cpu: String(Reflect.get(first, 'Architecture')) };
}

async function fetchImage(tools: Tools, progress: Progress, name: string): Promise<{ id: string; cpu: string }> {
  const outcome = await progress.step(`Fetching the node image ${name} (about 1 GB, once)`, () =>
    runDocker(tools, ['pull', '--quiet', name]),
  );
  const fetched = outcome.exitCode === 0 ? await inspectImage(tools, name) : null;
  if (fetched) return fetched;
  const full = explainFullDisk(outcome.stderr);
  if (full) throw full;
  const said = outcome.stderr.trim().split('\n').at(-1) ?? '';
  throw new SnoopError('no_node_image', `The node image ${name} is not on this machine and could not be fetched.`, {
    advice: [
      ...(said === '' ? [] : [`| ${said}`]),
      "Name one that is here ('docker images'): --image IMAGE or SNOOP_KIND_IMAGE; or bring it: 'docker load --input FILE'.",
      `Not every patch release has one: kind 0.33 came with ${published.join(', ')}; the release notes of others list theirs.`,
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
      // What it says is no release: the sentence below tells what was found.
    }
  }
  const full = explainFullDisk(outcome.stderr);
  if (full) throw full;
  const said = (outcome.exitCode === 0 ? outcome.stdout : outcome.stderr).trim().split('\n').at(-1) ?? '';
  throw new SnoopError('no_node_image', `${name} is no node image of kind: its /kind/version names no release.`, {
    advice: [`| ${said}`, 'Name a node image: --image IMAGE or SNOOP_KIND_IMAGE.'],
  });
}
