import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { foreign, makePlace, runs } from './support.ts';

/** A deadline for failures only; a busy machine starts programs slowly. */
const patience = { timeout: 90_000 };

test.for(['SIGINT', 'SIGTERM'] as const)('%s during kind create leaves nothing', async (signal) => {
  const place = makePlace({ createHangs: true });
  const up = place.start('up', '--kind');
  await expect.poll(() => place.read().containers.length, patience).toBe(2);
  const { creator } = place.read();

  up.signal(signal);
  const ended = await up.ended;

  expect(ended.stderr).toContain(`Interrupted (${signal})`);
  expect(ended.exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
  expect(place.read().containers).toEqual([]);
  expect(existsSync(place.state)).toBe(false);
  expect(creator !== null && runs(creator)).toBe(false);
});

test.for([
  ['down', '--kind'],
  ['up', '--kind', '--name', 'second'],
])('after a killed up, %s removes what it left', async (args) => {
  const place = makePlace({ createHangs: true });
  const up = place.start('up', '--kind', '--name', 'first');
  await expect.poll(() => place.read().containers.length, patience).toBe(2);
  up.signal('SIGKILL');
  await up.ended;
  const { creator } = place.read();
  // kind has no parent now, and continues.
  expect(creator !== null && runs(creator)).toBe(true);

  const status = await place.snoop('status');
  expect(status.stdout).toContain('is creating it, or was interrupted');
  expect(status.exitCode).toBe(1);

  place.change({ createHangs: false, createSays: 'enough' });
  const ended = await place.snoop(...args);

  if (args[0] === 'up') expect(ended.stderr).toContain("removing the rest of the cluster 'first'");
  else expect(ended.exitCode).toBe(0);
  expect(place.read().containers).toEqual([]);
  expect(creator !== null && runs(creator)).toBe(false);
  expect(existsSync(`${place.state}/kind`)).toBe(false);
});

test('leftovers of a killed up are removed without kind, too', async () => {
  const place = makePlace({ createHangs: true }, ['docker', 'kind', 'kubectl']);
  const up = place.start('up', '--kind');
  await expect.poll(() => place.read().containers.length, patience).toBe(2);
  up.signal('SIGKILL');
  await up.ended;
  place.forget('kind');

  const ended = await place.snoop('down', '--kind');

  expect(ended.stderr).toContain("The kind cluster 'snoop' is deleted.");
  expect(place.read().containers).toEqual([]);
});

test('a later foreign cluster of the same name is not touched', async () => {
  const place = makePlace({ createHangs: true });
  const up = place.start('up', '--kind');
  await expect.poll(() => place.read().containers.length, patience).toBe(2);
  // Until the containers are recorded.
  await expect.poll(() => place.readState()?.containers.length, patience).toBe(2);
  up.signal('SIGKILL');
  await up.ended;
  place.change({ containers: [foreign] });

  const again = await place.snoop('up', '--kind');
  expect(again.stderr).toContain("The cluster 'snoop' of this state was replaced by another one.");
  expect(again.stderr).toContain("A kind cluster named 'snoop' exists already");
  expect(again.exitCode).toBe(3);

  const down = await place.snoop('down', '--kind');
  expect(down.stderr).toContain('has no kind cluster');
  expect(down.exitCode).toBe(0);
  expect(place.read().containers).toEqual([foreign]);
});

test('refuses a local control plane beside a kind cluster in the same state folder', async () => {
  const place = makePlace({ createHangs: true });
  const up = place.start('up', '--kind');
  await expect.poll(() => place.read().containers.length, patience).toBe(2);

  const local = await place.snoop('up');
  expect(local.stderr).toContain("The kind cluster 'snoop' belongs to");
  expect(local.stderr).toContain("'snoop down --kind'");
  expect(local.exitCode).toBe(2);
  const purge = await place.snoop('down', '--purge');
  expect(purge.stderr).toContain("'snoop down --kind --purge' deletes both.");
  expect(purge.exitCode).toBe(2);

  up.signal('SIGINT');
  await up.ended;
});
