// Removes what a run of the kind tests made as soon as that run is over, whatever ended it: a failure, Ctrl-C, a kill.
//
//   node guard.mjs <prefix of the clusters' names> <folder of the run>
//
// The run holds the other end of stdin, and the system closes it when nobody else does.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [prefix, folder] = process.argv.slice(2);
const snoop = fileURLToPath(new URL('../../../workbench/bin/snoop.js', import.meta.url));
const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };

await once(process.stdin.resume(), 'end');
// `snoop up --kind` leaves a forward running, which only `down` knows.
const state = join(folder, 'state');
if (existsSync(join(state, 'kind'))) attempt(process.execPath, [snoop, 'down', '--kind', '--state', state]);
removeClusters();
// A `kind create` that was under way may have made one more node before it was killed; nothing tells when the last one is there.
await wait(1_000);
removeClusters();
removeCompose();
removeImages();
rmSync(folder, { recursive: true, force: true });

function removeClusters() {
  const clusters = attempt('kind', ['get', 'clusters']).split('\n');
  for (const name of clusters.filter((one) => one.startsWith(prefix)))
    attempt('kind', ['delete', 'cluster', '--name', name]);
}

/** Of compose.yaml's services, which would come back with the machine. */
function removeCompose() {
  const label = `label=com.docker.compose.project=${prefix}-compose`;
  const kinds = { container: ['--force', '--volumes'], volume: [], network: [] };
  for (const [kind, options] of Object.entries(kinds)) {
    const all = kind === 'container' ? ['--all'] : [];
    const ids = attempt('docker', [kind, 'ls', ...all, '--quiet', '--filter', label])
      .split('\n')
      .filter(Boolean);
    if (ids.length > 0) attempt('docker', [kind, 'rm', ...options, ...ids]);
  }
}

/** Of the images that were put in the place of ours; who has built another one since keeps that. */
function removeImages() {
  const label = `label=snoop.test.run=${prefix}`;
  for (const id of attempt('docker', ['images', '--all', '--quiet', '--no-trunc', '--filter', label]).split('\n')) {
    if (id === '') continue;
    const [image] = JSON.parse(attempt('docker', ['image', 'inspect', id]) || '[]');
    for (const name of image?.RepoTags ?? [])
      attempt('docker', ['tag', image.Config.Labels['snoop.test.replaces'], name]);
    if (image !== undefined) attempt('docker', ['image', 'rm', '--no-prune', id]);
  }
}

function attempt(program, args) {
  try {
    return execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    console.error(`${program} ${args.join(' ')}: ${String(error.stderr ?? '').trim() || error.message}`);
    process.exitCode = 1;
    return '';
  }
}
