import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listProcesses, makeCorner, needProgram, openTerminal, patience, runSnoop, see } from './support.ts';
import type { Corner } from './support.ts';

const fingerprint = `SHA256:${'A'.repeat(43)}`;

/** Starts a server on loopback that sends a greeting. @returns its port */
async function listen(greeting: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const flagsOf = (port: number): string[] => [
  ...['--server', '127.0.0.1', '--port', String(port)],
  ...['--rsa-fingerprint', fingerprint, '--ed25519-fingerprint', fingerprint],
];

async function expectNothingLeft(corner: Corner): Promise<void> {
  await vi.waitFor(() => expect(listProcesses(corner)).toEqual([]), patience);
  expect((await readdir(join(corner.state, 'pair'))).filter((name) => !name.startsWith('lock.'))).toEqual([]);
}

test.for([
  ['where nothing listens', findClosedPort, 'cannot be reached: nothing listens there.'],
  [
    'that accepts connections and sends nothing',
    () => listen(''),
    'cannot be reached: it accepts connections and sends nothing.',
  ],
  [
    'that is a web server',
    () => listen(`HTTP/1.1 400 Bad Request\r\n\r\n${' '.repeat(5000)}`),
    'cannot be reached: it is not an ssh server.',
  ],
  ['that only greets', () => listen('SSH-2.0-nobody\r\n'), 'it opened no tmate session within 11 s.'],
] as const)('reports a tmate server %s within 15 s, and leaves nothing', async ([, open, sentence], context) => {
  needProgram(context, 'tmate');
  const corner = await makeCorner();
  const port = await open();
  const ended = await runSnoop(['pair', ...flagsOf(port)], corner, 15_000);
  expect(ended).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining(sentence) });
  expect(ended.stderr).toContain(`127.0.0.1:${port}`);
  expect(ended.stderr).toContain("'snoop pair --local'");
  await expectNothingLeft(corner);
});

test('Ctrl-C during the wait for the server leaves nothing', async (context) => {
  needProgram(context, 'tmux');
  needProgram(context, 'tmate');
  const corner = await makeCorner();
  const terminal = await openTerminal(['pair', ...flagsOf(await listen(''))], corner);
  await see(terminal, 'Waiting for the tmate server');
  await terminal.type('C-c');
  await see(terminal, 'ended with 130.');
  await expectNothingLeft(corner);
});

test('--end ends the server of a killed start', async (context) => {
  needProgram(context, 'tmate');
  const corner = await makeCorner();
  const started = runSnoop(['pair', ...flagsOf(await listen('')), '--state', corner.state], corner);
  const server = await vi.waitFor(async () => {
    const record: { server: { pid: number } | null } = JSON.parse(
      await readFile(join(corner.state, 'pair', 'session.json'), 'utf8'),
    );
    if (record.server === null) throw new Error('The server is not started yet.');
    return record.server.pid;
  }, patience);
  const snoop = Number.parseInt(listProcesses(corner).find((line) => line.includes('snoop.js pair')) ?? '', 10);
  process.kill(snoop, 'SIGKILL');
  expect(await started).toMatchObject({ exitCode: null });
  process.kill(server, 0);
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({
    exitCode: 0,
    stderr: 'The shared session has ended.\n',
  });
  await expectNothingLeft(corner);
});

const secrets = ['ssh key-to-type@tmate.example', 'ssh ro-key@tmate.example', 'https://tmate.example/t/key-to-type'];

/** Installs a tmate that is tmux with addresses, ready at once. */
async function installReadyTmate(corner: Corner, port: number): Promise<NodeJS.ProcessEnv> {
  const folder = join(dirname(corner.state), 'bin');
  await mkdir(folder);
  const [ssh, readOnly, web] = secrets;
  const script = `#!/bin/sh
case " $* " in
  *" tmate-ready "*) exit 0 ;;
  *" tmate-server-host "*) echo 127.0.0.1; exit 0 ;;
  *" tmate-server-port "*) echo ${port}; exit 0 ;;
  *" new-session "*) sed -i /tmate-server/d "$5" && tmux "$@" || exit 1 ;;
  *) exec tmux "$@" ;;
esac
tmux -S "$3" set-environment -g tmate_ssh '${ssh}'
tmux -S "$3" set-environment -g tmate_ssh_ro '${readOnly}'
tmux -S "$3" set-environment -g tmate_web '${web}'
`;
  const file = join(folder, 'tmate');
  await writeFile(file, script);
  await chmod(file, 0o755);
  return { ...corner.env, PATH: `${folder}:${corner.env.PATH}` };
}

test('prints addresses only to the terminal, again on joining; refuses another kind of session', async (context) => {
  needProgram(context, 'tmux');
  const plain = await makeCorner();
  const port = await listen('SSH-2.0-nobody\r\n');
  const corner = { ...plain, env: await installReadyTmate(plain, port) };
  const ada = await openTerminal(['pair', ...flagsOf(port)], corner);
  await see(ada, 'Enter opens the session.');
  const [ssh = '', readOnly = '', web = ''] = secrets;
  expect(
    (await ada.read()).trimEnd(),
  ).toBe(`The shared session on ${corner.work}, through the tmate server 127.0.0.1:${port}:
  ssh             ${ssh}
  web             ${web}
  ssh, read only  ${readOnly}
Enter opens the session.`);
  await ada.type('Enter');
  await see(ada, 'The editor is open.');
  await ada.type('C-b', 'd');
  await see(ada, /The session still runs[\s\S]*ended with 0\./);

  const joined = await runSnoop(['pair', '--output', 'json'], corner);
  expect(JSON.parse(joined.stdout)).toMatchObject({
    ...{ session: 'tmate', started: false, tmateServer: `127.0.0.1:${port}` },
    addresses: { ssh, sshReadOnly: readOnly, web, webReadOnly: null },
  });
  for (const file of await readdir(corner.state, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    // Its comment mentions keys.
    if (file.name === '.gitignore') continue;
    expect(await readFile(join(file.parentPath, file.name), 'utf8'), file.name).not.toContain('key');
  }
  expect(joined.stderr).not.toContain('key');
  const inside = { ...corner, env: { ...corner.env, TMUX: `${join(corner.state, 'pair', 'socket')},1,0` } };
  expect((await runSnoop(['pair'], inside)).stdout).toBe('');

  for (const other of [['--local'], flagsOf(port + 1)]) {
    const refused = await runSnoop(['pair', ...other], corner);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain(`is already running: one through the tmate server 127.0.0.1:${port}.`);
  }
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({ exitCode: 0 });
  await expectNothingLeft(corner);
});

test('reports a missing tmate', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const env = { ...corner.env, PATH: corner.work };
  const { exitCode, stderr } = await runSnoop(['pair'], { ...corner, env });
  expect(exitCode).toBe(3);
  expect(stderr).toContain('There is no tmate on the PATH.');
  expect(stderr).toContain('apt-get install tmate');
});
