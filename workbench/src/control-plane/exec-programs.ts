import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, identifyProcess } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** How the programs run that a client starts with exec. */
export interface ExecSettings {
  /** Their working folder, empty: nobody could not enter one in a private home folder. */
  readonly folder: string;
  /** The user id of nobody. */
  readonly user: number;
  /** The name by which kwok knows containers with exec; a secret, since kwok accepts any client. */
  readonly key: string;
}

/** The environment variable of these programs, with the folder (see nodes/exec.yaml). */
const mark = 'SNOOP_NODES_EXEC';
const killTimeoutMs = 5000;
/** A program may start others while the list is read. */
const rounds = 10;

/**
 * Chooses a folder and finds the user.
 *
 * @throws SnoopError `no_exec`: only root can run programs as another user, and only Linux shows which ones are left
 */
export function chooseExecSettings(): ExecSettings {
  const refuse = (why: string): SnoopError =>
    new SnoopError('no_exec', `--nodes-exec cannot be used here: ${why}.`, {
      advice: ['Without it, nodes answer logs, attach and port-forward, and refuse exec.'],
    });
  if (process.platform !== 'linux') throw refuse('it needs Linux');
  if (process.geteuid?.() !== 0) throw refuse('only root can run programs as the user nobody');
  const users = readFileSync('/etc/passwd', 'utf8');
  // PostgreSQL then runs as nobody, and refuses nothing to other programs of its user.
  if (!/^postgres:/m.test(users)) throw refuse('there is no user postgres, so SnoopDB runs as nobody too');
  const user = /^nobody:[^:]*:(\d+):/m.exec(users)?.[1];
  if (user === undefined || user === '0') throw refuse('/etc/passwd has no user nobody');
  return {
    folder: join(tmpdir(), `snoop-exec-${randomBytes(6).toString('hex')}`),
    user: Number(user),
    key: randomBytes(24).toString('hex'),
  };
}

/** What people must know before they use it. */
export function describeExec({ folder, user }: Pick<ExecSettings, 'folder' | 'user'>): string {
  return `exec in Pods runs programs on this machine, as nobody (user ${user}), in the empty folder ${folder}, with an empty PATH.`;
}

/** Creates the folder, which nobody can read and not write. An existing one is an error. */
export function createExecFolder({ folder }: ExecSettings): void {
  mkdirSync(folder, { mode: 0o755 });
  chmodSync(folder, 0o555);
}

/** Ends the programs that clients started, and that outlived kwok. */
export async function endExecPrograms({ folder }: ExecSettings): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const left = listMarked(`${mark}=${folder}`);
    if (left.length === 0) return;
    await Promise.all(
      left.map((pid) => {
        const identity = identifyProcess(pid);
        return identity && endProcess(identity, killTimeoutMs, 'SIGKILL');
      }),
    );
  }
}

/** Ends the programs and removes the folder. */
export async function removeExec(settings: ExecSettings): Promise<void> {
  await endExecPrograms(settings);
  rmSync(settings.folder, { recursive: true, force: true });
}

/** Lists processes with this environment variable. */
function listMarked(variable: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      // A zombie has no environment.
      return environment.includes(variable) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
