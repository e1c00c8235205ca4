// Whether the tests in a real kind cluster can run on this machine: node test/kind/can-run.mjs
// Exits 0 when they can; else prints in one line why not, and exits 1.
import { execFileSync } from 'node:child_process';

const nodeImage = process.env.SNOOP_KIND_IMAGE || 'kindest/node:v1.37.0';

/** @returns {string | null} one sentence with the way out; null: nothing stands in the way */
function findObstacle() {
  const program = ['docker', 'kind', 'kubectl'].find((name) => ask(name, ['--help']).missing);
  if (program !== undefined) return `There is no program '${program}' on PATH.`;
  const docker = ask('docker', ['version', '--format', '{{.Server.Version}}']);
  if (docker.error !== null) return `Docker does not answer: ${docker.error}`;
  if (ask('docker', ['image', 'inspect', nodeImage]).error !== null) {
    return `The node image ${nodeImage} is not on this machine: pull it, or name another one in SNOOP_KIND_IMAGE.`;
  }
  return null;
}

/** @returns {{ missing: boolean, error: string | null }} error: the last line that the program said */
function ask(program, args) {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
    return { missing: false, error: null };
  } catch (error) {
    const said = String(error.stderr ?? '').trim() || error.message;
    return { missing: error.code === 'ENOENT', error: said.split('\n').at(-1) };
  }
}

const obstacle = findObstacle();
if (obstacle !== null) {
  console.error(obstacle);
  process.exitCode = 1;
}
