import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, vi } from 'vitest';
import type { TestContext } from 'vitest';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
const run = promisify(execFile);

/** Skips a test if its program is missing. */
export function needProgram(context: TestContext, name: 'tmux' | 'tmate'): void {
  if (spawnSync(name, ['-V']).error !== undefined) context.skip(`there is no ${name} here (apt-get install ${name})`);
}

/** The state, work folder and editor of one shared session; all ends with the test. */
export interface Corner {
  readonly state: string;
  readonly work: string;
  /** For the session and for those that join it. */
  readonly env: NodeJS.ProcessEnv;
}

/** @param stateFolder of a running control plane (default: a new one) */
export async function makeCorner(stateFolder: string | null = null): Promise<Corner> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-pair-')));
  const [state, work] = [stateFolder ?? join(folder, 'state'), join(folder, 'work')];
  await mkdir(work);
  const editor = join(folder, 'editor.sh');
  await writeFile(editor, 'echo The editor is open.\nexec cat\n');
  const {
    TMUX: _tmux,
    TMUX_PANE: _pane,
    VISUAL: _visual,
    DATABASE_URL: _url,
    KUBECONFIG: _config,
    ...kept
  } = process.env;
  // No SnoopDB answers there; without it, the panes would start one.
  const DATABASE_URL = 'postgresql://127.0.0.1:1/nothing';
  const env = {
    ...kept,
    DATABASE_URL,
    EDITOR: `sh ${editor}`,
    SHELL: '/bin/sh',
    SNOOP_STATE: state,
    NO_COLOR: '1',
    TERM: 'xterm',
  };
  onTestFinished(async () => {
    await runSnoop(['pair', '--end'], { state, work, env });
    await rm(folder, { recursive: true, force: true });
  });
  return { state, work, env };
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line without a terminal. @param deadlineMs then it is killed, with the exit code null */
export function runSnoop(args: readonly string[], corner: Corner, deadlineMs = 30_000): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: corner.work,
    env: corner.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** A real terminal, drawn by its own tmux so that its screen can be read. */
export interface Terminal {
  /** The text on its screen. */
  read(): Promise<string>;
  /** Types text, or keys by tmux's names: `C-b`, `Enter`. */
  type(...keys: string[]): Promise<void>;
  /** Kills its process, as a broken connection does. */
  breakDown(): Promise<void>;
}

/** Opens a terminal that runs `snoop ARGS` and then shows its exit code. */
export async function openTerminal(
  args: readonly string[],
  corner: Corner,
  { columns = 100, rows = 40, env = corner.env }: { columns?: number; rows?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Terminal> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-terminal-')));
  const socket = join(folder, 'socket');
  const tmux = async (...words: string[]): Promise<string> =>
    (await run('tmux', ['-u', '-S', socket, ...words], { env })).stdout;
  onTestFinished(async () => {
    await tmux('kill-server').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  });
  // TERM is set in the shell, since tmux sets its own.
  const { TERM = '' } = env;
  const line = `TERM=$1; export TERM; unset TMUX; shift; trap : INT; "$@"; echo "ended with $?."; exec sleep 600`;
  const screen = ['-x', String(columns), '-y', String(rows), '-c', corner.work];
  const words = ['sh', '-c', line, 'terminal', TERM, process.execPath, program, ...args];
  await tmux('-f', '/dev/null', 'new-session', '-d', ...screen, ...words);
  return {
    read: () => tmux('capture-pane', '-p'),
    async type(...keys) {
      await tmux('send-keys', ...keys);
    },
    async breakDown() {
      process.kill(Number(await tmux('display', '-p', '#{pid}')), 'SIGKILL');
    },
  };
}

export const patience = { timeout: 30_000, interval: 50 };

/** Waits until a terminal shows a text. */
export function see(terminal: Terminal, text: string | RegExp): Promise<void> {
  return vi.waitFor(async () => expect(await terminal.read()).toMatch(text), patience);
}

/** Runs a command of the session's tmux. */
export async function askSession(corner: Corner, ...words: string[]): Promise<string> {
  const { stdout } = await run('tmux', ['-S', join(corner.state, 'pair', 'socket'), ...words]);
  return stdout.trim();
}

/** Lists the processes whose command line contains a corner's folder. */
export function listProcesses(corner: Corner): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    const file = `/proc/${pid}/cmdline`;
    if (!/^\d+$/.test(pid) || !existsSync(file)) return [];
    try {
      const line = readFileSync(file, 'utf8').replaceAll('\0', ' ');
      return line.includes(corner.state) ? [`${pid} ${line}`] : [];
    } catch {
      return [];
    }
  });
}
