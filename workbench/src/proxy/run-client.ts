import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';

export interface ClientEnd {
  /** As a shell reports it: 128 + n after a signal. */
  readonly exitCode: number;
  /** null: it ended by itself. */
  readonly signal: NodeJS.Signals | null;
  /** Whether this process was told to end meanwhile. */
  readonly interrupted: boolean;
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const satisfies NodeJS.Signals[];
/** A terminal sends them to the command, too. */
const fromTerminal = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT', 'SIGHUP']);

/**
 * Runs a program with this process's terminal. Meanwhile signals go to the program: it decides whether to end.
 *
 * @throws the system's error if it cannot be started
 */
export async function runClient(
  [program = '', ...args]: readonly string[],
  {
    cwd,
    env,
    output,
  }: { cwd: string; env: Readonly<Record<string, string | undefined>>; output: 'inherit' | 'ignore' },
): Promise<ClientEnd> {
  const child = spawn(program, args, { cwd, env, stdio: ['inherit', output, output] });
  let interrupted = false;
  const hasTerminal = checkTerminal();
  const restore = replaceListeners((signal) => {
    interrupted = true;
    if (!hasTerminal || !fromTerminal.has(signal)) child.kill(signal);
  });
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...ended) => resolve(ended));
    });
    return { exitCode: signal === null ? (code ?? 0) : 128 + constants.signals[signal], signal, interrupted };
  } finally {
    restore();
  }
}

/** Gives the signals that end a process to a listener. @returns restores the listeners from before */
export function replaceListeners(listener: (signal: NodeJS.Signals) => void): () => void {
  const before = passedOn.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of passedOn) {
    process.removeAllListeners(signal);
    process.on(signal, listener);
  }
  return () => {
    for (const [signal, listeners] of before) {
      process.off(signal, listener);
      for (const one of listeners) process.on(signal, one);
    }
  };
}

/** Whether this process has a terminal, whose Ctrl-C reaches the command without help. */
function checkTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
