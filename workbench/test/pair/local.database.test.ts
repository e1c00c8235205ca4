import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  askSession,
  listProcesses,
  makeCorner,
  needProgram,
  openTerminal,
  patience,
  runSnoop,
  see,
} from './support.ts';

test('two terminals share a session; it survives leaving and a broken connection, and --end ends it', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const ada = await openTerminal(['pair', '--local'], corner, { columns: 130, rows: 44 });
  await see(ada, 'The editor is open.');
  const grace = await openTerminal(['pair', '--local'], corner, { columns: 90, rows: 30 });
  await see(grace, 'The editor is open.');

  await ada.type('from ada', 'Enter');
  await see(grace, 'from ada');
  await grace.type('from grace', 'Enter');
  await see(ada, 'from grace');

  // The window is as large as the smaller terminal, without the line at the bottom.
  const size = (): Promise<string> => askSession(corner, 'display', '-p', '#{window_width}x#{window_height}');
  await vi.waitFor(async () => expect(await size()).toBe('90x29'), patience);
  await grace.type('C-b', 'd');
  await see(grace, /The session still runs.*\n[\s\S]*ended with 0\./);
  await vi.waitFor(async () => expect(await size()).toBe('130x43'), patience);

  await ada.breakDown();
  await vi.waitFor(async () => expect(await askSession(corner, 'list-clients')).toBe(''), patience);
  const again = await openTerminal(['pair'], corner);
  await see(again, 'from grace');
  const watched = await runSnoop(['pair', '--local'], corner);
  expect(watched.stdout).toContain('1 terminal shows it already');

  const processes = listProcesses(corner);
  expect(processes.length).toBeGreaterThan(3);
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({
    exitCode: 0,
    stderr: 'The shared session has ended.\n',
  });
  await see(again, /The shared session has ended\.\s+ended with 0\./);
  await vi.waitFor(() => expect(listProcesses(corner)).toEqual([]), patience);
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({
    exitCode: 0,
    stderr: `No shared session runs in ${corner.state}.\n`,
  });
});

test('a pane whose program has ended prints how, restarts it, and opens a shell', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const { stdout } = await runSnoop(['pair', '--local', '--author', 'ada', '--author', "O'Neil"], corner);
  expect(stdout).toBe(`The shared session on ${corner.work}: 'snoop pair' joins it.\n`);
  const panes = (await askSession(corner, 'list-panes', '-F', '#{pane_id} #{pane_title}')).split('\n');
  expect(panes.map((line) => line.split(' ')[1])).toEqual(['editor', 'tests', 'events']);

  const events = panes[2]?.split(' ')[0] ?? '';
  const type = (...keys: string[]): Promise<string> => askSession(corner, 'send-keys', '-t', events, ...keys);
  const seeEvents = (text: RegExp): Promise<void> =>
    vi.waitFor(
      async () => expect(await askSession(corner, 'capture-pane', '-p', '-t', events)).toMatch(text),
      patience,
    );
  // No SnoopDB runs here.
  await seeEvents(/snoop tail ended with exit code \d\.\nEnter restarts it/);
  await type('Enter');
  await seeEvents(/(snoop tail ended with exit code \d\.[\s\S]*){2}shell:/);
  await type('C-c');
  await seeEvents(/shell: \^C\nEnter restarts it[^\n]*shell:$/);
  await type('s', 'Enter');
  await type('echo state: $SNOOP_STATE', 'Enter');
  await seeEvents(new RegExp(`(?:^|[#$%>] )state: ${corner.state}$`, 'm'));
  await type('exit', 'Enter');
  await seeEvents(/exit\nEnter restarts it[^\n]*shell:$/);

  const tests = await askSession(corner, 'list-panes', '-F', '#{pane_title} #{pane_start_command}');
  expect(tests).toMatch(/^tests .*snoop\.js"? "?test"? "?--watch"? "?--author"? "?ada"? "?--author"? .*O.*Neil/m);
});

test('escapes names with characters special to tmux', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const work = join(corner.work, 'c#S #(touch made);');
  await mkdir(work);
  const { stdout, exitCode, stderr } = await runSnoop(
    ['pair', work, '--local', '--author', 'ada;', '--author', 'grace;'],
    corner,
  );
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toContain(`on ${work}:`);
  const folders = (): Promise<string> => askSession(corner, 'list-panes', '-F', '#{pane_current_path}');
  await vi.waitFor(async () => expect(await folders()).toBe([work, work, work].join('\n')), patience);
  const tests = await askSession(corner, 'list-panes', '-F', '#{pane_title} #{pane_start_command}');
  expect(tests).toMatch(/^tests .*ada;.*grace;/m);
  expect(existsSync(join(work, 'made')) || existsSync(join(corner.work, 'made'))).toBe(false);
});

test('down --purge ends the session before it removes the state', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  await runSnoop(['pair', '--local'], corner);
  expect(listProcesses(corner).length).toBeGreaterThan(3);
  const { exitCode, stderr } = await runSnoop(['down', '--purge'], corner);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('The shared session has ended.\n');
  await vi.waitFor(() => expect(listProcesses(corner)).toEqual([]), patience);
  expect(existsSync(corner.state)).toBe(false);
});

test('of two simultaneous starts, one starts the session and the other joins', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const both = await Promise.all([1, 2].map(() => runSnoop(['pair', '--local', '--output', 'json'], corner)));
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const answers = both.map(({ stdout }): { started: boolean; startedAt: string } => JSON.parse(stdout));
  expect(answers.map(({ started }) => started).sort()).toEqual([false, true]);
  expect(answers[0]?.startedAt).toBe(answers[1]?.startedAt);
  expect(answers[0]).toMatchObject({ session: 'local', attached: 0, workFolder: corner.work, addresses: null });
  for (const name of ['', 'socket', 'session.json'])
    expect(statSync(join(corner.state, 'pair', name)).mode & 0o077, name).toBe(0);
});

test.for([
  ['an unknown TERM', { TERM: 'xterm-of-tomorrow' }],
  ['no TERM', { TERM: '' }],
  ['a locale without UTF-8', { LC_ALL: 'C', LANG: 'C' }],
  ['a locale that is not installed', { LC_ALL: 'tlh_KX.UTF-8' }],
  ['a missing home folder', { HOME: '/nonexistent/home' }],
] as const)('opens with %s', async ([, change], context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const env = { ...corner.env, ...change };
  const terminal = await openTerminal(['pair', '--local'], { ...corner, env });
  await see(terminal, 'The editor is open.');
  await terminal.type('größer → 漢字', 'Enter');
  await see(terminal, /größer → 漢字\s[\s\S]*größer → 漢字/);
});

test('does not show a session in itself, and refuses a folder open to other users', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  await runSnoop(['pair', '--local'], corner);
  const socket = join(corner.state, 'pair', 'socket');
  const inside = await runSnoop(['pair'], { ...corner, env: { ...corner.env, TMUX: `${socket},1,0` } });
  expect(inside).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('part of the shared session'),
  });

  const other = await makeCorner();
  await mkdir(join(other.state, 'pair'), { recursive: true });
  await chmod(join(other.state, 'pair'), 0o755);
  const open = await runSnoop(['pair', '--local'], other);
  expect(open).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('is open to other users') });
  expect(open.stderr).toContain(`chmod 700 '${join(other.state, 'pair')}'`);
});

test('puts the socket elsewhere if the path of the state folder is too long', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  const state = join(corner.state, 'x'.repeat(120));
  const env = { ...corner.env, SNOOP_STATE: state };
  const deep = { ...corner, env };
  onTestFinished(async () => void (await runSnoop(['pair', '--end'], deep)));
  expect(await runSnoop(['pair', '--local'], deep)).toMatchObject({ exitCode: 0 });
  const terminal = await openTerminal(['pair'], deep);
  await see(terminal, 'The editor is open.');
  expect(await runSnoop(['pair', '--end'], deep)).toMatchObject({
    exitCode: 0,
    stderr: 'The shared session has ended.\n',
  });
});
