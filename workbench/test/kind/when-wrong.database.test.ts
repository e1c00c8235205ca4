import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createInitialState } from '../../src/kind/create.ts';
import { writeKindState } from '../../src/kind/state.ts';
import { launchSnoop } from '../control-plane/support.ts';
import { foreign, makePlace } from './support.ts';
import type { World } from './support.ts';

interface Wrong {
  readonly what: string;
  readonly world?: Partial<World>;
  readonly programs?: readonly string[];
  readonly args?: readonly string[];
  readonly exitCode: number;
  readonly says: readonly string[];
}

const wrong: readonly Wrong[] = [
  {
    what: 'no docker',
    programs: ['kind', 'kubectl'],
    exitCode: 3,
    says: ['docker is not on the PATH', 'Install and start Docker', "Or use 'snoop up'"],
  },
  {
    what: 'a Docker that does not answer',
    world: { engine: null, dockerSays: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' },
    exitCode: 3,
    says: ['its engine does not answer', 'Cannot connect to the Docker daemon', 'systemctl start docker'],
  },
  {
    what: 'no permission to use Docker',
    world: { engine: null, dockerSays: 'permission denied while trying to connect to the docker API' },
    exitCode: 3,
    says: ['you may not use its engine', "Join the group 'docker'"],
  },
  {
    what: 'no kind',
    programs: ['docker', 'kubectl'],
    exitCode: 3,
    says: ['kind is not on the PATH', 'Install kind 0.32.0 or newer'],
  },
  {
    what: 'an older kind',
    world: { kindVersion: '0.31.0' },
    exitCode: 3,
    says: ['This is kind 0.31.0; Kubernetes 1.36.3 needs 0.32.0 or newer', 'v1beta3', 'Install a newer kind'],
  },
  {
    what: 'a kind that is too old for any node image',
    world: { kindVersion: '0.20.0', images: { 'node:made-here': { id: '1', cpu: 'amd64', release: 'v1.31.0' } } },
    exitCode: 3,
    says: ['This is kind 0.20.0; Kubernetes 1.31.0 needs 0.27.0 or newer', 'cannot load images'],
  },
  {
    what: 'no kubectl',
    programs: ['docker', 'kind'],
    exitCode: 3,
    says: ['kubectl is not on the PATH', 'Install it'],
  },
  {
    what: 'a node image that is not available',
    args: ['--image', 'kindest/node:v1.36.9'],
    exitCode: 3,
    says: [
      'kindest/node:v1.36.9 is not on this machine and could not be pulled',
      'pull access denied',
      '--image IMAGE or SNOOP_KIND_IMAGE',
    ],
  },
  {
    what: 'a node image for another CPU',
    world: { images: { 'node:made-here': { id: '1', cpu: 'arm64', release: 'v1.36.3' } } },
    exitCode: 3,
    says: ['is for arm64, but Docker runs on amd64', '--platform linux/amd64'],
  },
  {
    what: 'an image that is not a node image',
    world: { images: { 'node:made-here': { id: '1', cpu: 'amd64', release: null } } },
    exitCode: 3,
    says: ['node:made-here is not a node image of kind', '/kind/version'],
  },
  {
    what: 'another release than that of the node image',
    args: ['--release', '1.35.0'],
    exitCode: 2,
    says: ['The node image node:made-here has Kubernetes 1.36.3, not 1.35.0', 'SNOOP_KIND_IMAGE'],
  },
  {
    what: 'a foreign cluster of that name',
    world: { containers: [foreign] },
    exitCode: 3,
    says: [
      "A kind cluster named 'snoop' exists already",
      '--name OTHER',
      'kind delete cluster --name snoop',
      '--kubeconfig FILE',
    ],
  },
  {
    what: 'a name that kind does not accept',
    args: ['--name', 'Snoop_1'],
    exitCode: 2,
    says: ["'Snoop_1' cannot be a kind cluster's name"],
  },
  {
    what: 'a node image that docker would read as a flag',
    args: ['--image=--privileged'],
    exitCode: 2,
    says: ["'--privileged' cannot be an image name"],
  },
  {
    what: 'a full disk',
    world: { createSays: 'ERROR: failed to create cluster: write /var/lib/docker/overlay2/x: no space left on device' },
    exitCode: 3,
    says: ["Docker's disk is full", 'docker system df', 'no space left on device'],
  },
  {
    what: 'an occupied port',
    world: { createSays: 'docker: Bind for 127.0.0.1:6443 failed: port is already allocated.' },
    exitCode: 3,
    says: ["kind could not create the cluster 'snoop'", 'port is already allocated', 'docker ps'],
  },
  {
    what: 'a flag of the other kind of cluster',
    args: ['--database-url', 'postgresql://127.0.0.1:1/none'],
    exitCode: 2,
    says: ['--kind cannot be used with --database-url'],
  },
];

test.for(wrong)('$what', async ({ world = {}, programs, args = [], exitCode, says }) => {
  const place = makePlace(world, programs);
  const before = place.read().containers;

  const ended = await place.snoop('up', '--kind', ...args);

  for (const text of says) expect(ended.stderr).toContain(text);
  expect(ended.stderr).not.toMatch(/\n {4}at /);
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.stdout).toBe('');
  // Nothing new: no node, no state.
  expect(place.read().containers).toEqual(before);
  expect(existsSync(place.state)).toBe(false);
});

test('--name without --kind is wrong use', async () => {
  const { exitCode, stderr } = await makePlace().snoop('up', '--name', 'other');
  expect(stderr).toContain('--name needs --kind.');
  expect(exitCode).toBe(2);
});

test('creates a manually deleted cluster again, with its name and node image', async () => {
  const image = { name: 'node:of-before', release: '1.35.0' };
  const place = makePlace({
    images: { [image.name]: { id: '1', cpu: 'amd64', release: 'v1.35.0' } },
    createSays: 'enough',
  });
  const state = createInitialState(place.state, 'older', image, 'digest');
  writeKindState(place.state, { ...state, phase: 'running', containers: ['1', '2'] });

  const { exitCode, stderr } = await launchSnoop(['up', '--kind'], place.state, {
    ...place.env,
    SNOOP_KIND_IMAGE: '',
  }).ended;

  expect(stderr).toContain("The cluster 'older' was deleted; creating it again.");
  expect(stderr).toContain("kind could not create the cluster 'older'.");
  expect(exitCode).toBe(3);
});

test('does not touch a foreign cluster created during the image build', async () => {
  const place = makePlace({ buildMeets: [foreign] });

  const { exitCode, stderr } = await place.snoop('up', '--kind');

  expect(stderr).toContain("A kind cluster named 'snoop' exists already");
  expect(exitCode).toBe(3);
  expect(place.read().containers).toEqual([foreign]);
  expect(existsSync(place.state)).toBe(false);
});

test('does not touch a cluster that only kind finds', async () => {
  const createSays = 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "snoop"';
  const place = makePlace({ createSays });

  const { exitCode, stderr } = await place.snoop('up', '--kind');

  expect(stderr).toContain("A kind cluster named 'snoop' exists already");
  expect(exitCode).toBe(3);
  expect(place.read().containers).toHaveLength(2);
  expect(existsSync(place.state)).toBe(false);
});

test('down --kind reports that there is no cluster', async () => {
  const { exitCode, stderr } = await makePlace({}, []).snoop('down', '--kind');
  expect(stderr).toContain('has no kind cluster');
  expect(exitCode).toBe(0);
});
