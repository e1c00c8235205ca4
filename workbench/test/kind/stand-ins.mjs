// Stand-ins for docker, kind and kubectl: they answer from world.json and change it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

let file = '';
const read = () => JSON.parse(readFileSync(file, 'utf8'));
const change = (next) => {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify({ ...read(), ...next }));
  renameSync(`${file}.${process.pid}`, file);
};
const print = (text) => process.stdout.write(`${text}\n`);
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
};

/**
 * @param {'docker' | 'kind' | 'kubectl'} name
 * @param {string} folder with world.json
 */
export function act(name, folder) {
  file = join(folder, 'world.json');
  const args = process.argv.slice(2);
  if (name === 'docker') docker(args);
  else if (name === 'kind') kind(args);
  else print('{}');
}

function docker(args) {
  const world = read();
  const [command, second] = args;
  if (command === 'version') return world.engine === null ? fail(world.dockerSays) : print(world.engine);
  if (command === 'ps') {
    const cluster = args.find((one) => one.startsWith('label='))?.split('=')[2];
    return print(
      world.containers
        .filter((one) => one.cluster === cluster)
        .map(({ id }) => id)
        .join('\n'),
    );
  }
  if (command === 'inspect')
    return print(JSON.stringify(world.containers.filter(({ id }) => args.includes(id)).map(inspect)));
  if (command === 'rm') return change({ containers: world.containers.filter(({ id }) => !args.includes(id)) });
  if (command === 'image' && second === 'inspect') {
    const image = world.images[args[2]];
    return image
      ? print(JSON.stringify([{ Id: image.id, Architecture: image.cpu }]))
      : fail(`No such image: ${args[2]}`);
  }
  if (command === 'pull') return fail(`pull access denied for ${args.at(-1)}`);
  if (command === 'run') {
    const image = world.images[args.at(-2)];
    return image?.release ? print(image.release) : fail('cat: /kind/version: No such file or directory');
  }
  if (command === 'exec') return second === '--interactive' ? execute(world, args) : tellPassword(world, args);
  if (command === 'build') return change({ containers: [...world.containers, ...world.buildMeets], buildMeets: [] });
  fail(`the stand-in for docker does not know '${args.join(' ')}'`);
}

/** `exec --interactive NODE socat - UNIX-CONNECT:…`: connects to SnoopDB at the world's address. */
function execute({ containers, database }, [, , node]) {
  const container = containers.find(({ name }) => name === node);
  if (!container) return fail(`Error response from daemon: No such container: ${node}`);
  if (!container.running) return fail(`Error response from daemon: Container ${node} is not running`);
  const socket = connect({ ...database, allowHalfOpen: true });
  socket.on('error', (error) => fail(error.message));
  process.stdin.pipe(socket).pipe(process.stdout);
  // As socat does: when one side ends, the other is closed.
  socket.once('end', () => process.exit());
}

/** `exec NODE cat FILE`: only used for the password file. */
function tellPassword({ password }, [, , program]) {
  return program === 'cat' && password !== null
    ? print(`*:*:*:apisnoop:${password}`)
    : fail('No such file or directory');
}

function inspect({ id, name, cluster, role, running, created }) {
  const labels = { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': role };
  return {
    Id: id,
    Name: `/${name}`,
    Created: created,
    State: { Running: running },
    Config: { Image: 'node:made-here', Labels: labels },
  };
}

function kind(args) {
  const world = read();
  const name = args[args.indexOf('--name') + 1];
  if (args[0] === 'version') return print(`kind v${world.kindVersion} go1.26.8 linux/amd64`);
  if (args[0] === 'delete') return change({ containers: world.containers.filter(({ cluster }) => cluster !== name) });
  if (args[0] !== 'create') return fail(`the stand-in for kind does not know '${args.join(' ')}'`);
  const created = new Date().toISOString();
  const make = (role, suffix) => ({
    id: `${process.pid}-${suffix}`,
    name: `${name}-${suffix}`,
    cluster: name,
    role,
    running: true,
    created,
  });
  const containers = [...world.containers, make('control-plane', 'control-plane'), make('worker', 'worker')];
  change({ containers, creator: process.pid });
  process.stderr.write(' • Starting control-plane 🕹️  ...\n');
  if (world.createHangs) return setInterval(() => {}, 60_000);
  if (world.createSays !== null) fail(world.createSays);
}
