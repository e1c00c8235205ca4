import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { endProcess, identifyProcess, isAlive, withLock } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { describeConfig, describeStart } from './config.ts';
import { createMultiplexer, findMultiplexerProgram } from './multiplexer.ts';
import type { Multiplexer, Variables } from './multiplexer.ts';
import { describePanes, openPanes, paneScript } from './panes.ts';
import { clearPlace, findPlace, isPrivate, createPlace, readRecord, writeRecord } from './place.ts';
import type { Place, SessionKind, SessionRecord } from './place.ts';
import { chooseInnerTerminal, makeSessionEnvironment } from './terminal.ts';
import { awaitTmateReady } from './tmate-ready.ts';
import type { TmateServer } from './tmate-server.ts';

/** A running shared session. */
export interface Session {
  readonly record: SessionRecord;
  readonly multiplexer: Multiplexer;
}

export interface SessionOptions {
  /** Absolute; one state folder has one session. */
  readonly stateFolder: string;
  readonly env: Variables;
  readonly progress: Progress;
  /** Cancels a start and removes what it created. */
  readonly signal: AbortSignal;
}

export interface StartOptions extends SessionOptions {
  readonly kind: SessionKind;
  /** null: tmate's default server. */
  readonly tmateServer: TmateServer | null;
  /** Absolute. */
  readonly workFolder: string;
  readonly authors: readonly string[];
  readonly path: readonly string[];
  /** The size of the first terminal. */
  readonly size: { readonly columns: number; readonly rows: number };
}

/**
 * Joins the shared session of the state folder, or starts it. If several processes do this at once, one starts it.
 *
 * @throws SnoopError `no_multiplexer`, `tmate_unreachable`, `multiplexer_failed`, `not_private`; `other_session` when
 *   a session of another kind or server is running
 */
export function startOrJoin(options: StartOptions): Promise<Session & { readonly started: boolean }> {
  const place = findPlace(options.stateFolder);
  createPlace(place);
  return withPlaceLock(place, 'snoop pair', options, async () => {
    const running = await findSession(place, options);
    if (running === null) return { ...(await start(place, options)), started: true };
    refuseOther(running.record, options);
    return { ...running, started: false };
  });
}

/** Ends the shared session, or cleans up after a killed one. @returns whether one was running */
export async function endSession(options: SessionOptions): Promise<boolean> {
  const place = findPlace(options.stateFolder);
  if (!existsSync(place.folder)) return false;
  return withPlaceLock(place, 'snoop pair --end', options, () => cleanUp(place, options));
}

/** Whether the server of a session still runs. */
export async function isRunning({ multiplexer, record }: Session): Promise<boolean> {
  return (await readServerPid(multiplexer)) === record.server?.pid;
}

/** Whether this environment is that of a pane of the session, which must not show the session in itself. */
export function isInside({ multiplexer }: Session, env: Variables): boolean {
  return env.TMUX?.split(',')[0] === multiplexer.socket;
}

/** Refuses a public session when a local one is wanted, and another server than the wanted one. */
function refuseOther(running: SessionRecord, { kind, tmateServer }: StartOptions): void {
  const wanted = tmateServer === null ? null : `${tmateServer.host}:${tmateServer.port}`;
  const isOther = (kind === 'local' && running.kind === 'tmate') || (wanted !== null && wanted !== running.tmateServer);
  if (!isOther) return;
  const what = running.kind === 'local' ? 'a local one' : `one through the tmate server ${running.tmateServer}`;
  throw new SnoopError('other_session', `A shared session is already running: ${what}.`, {
    advice: ["Join it: 'snoop pair'. Or end it first: 'snoop pair --end'. Or start a second one: --state DIR."],
  });
}

function withPlaceLock<T>(place: Place, purpose: string, options: SessionOptions, work: () => Promise<T>): Promise<T> {
  const { progress, signal } = options;
  const onWait = (holder: { pid: number; purpose: string }): void =>
    progress.print(`'${holder.purpose}' (process ${holder.pid}) is changing the shared session; waiting for it.`);
  return withLock(place.folder, { purpose, onWait, signal }, work);
}

/** Finds a completely started session that answers. */
async function findSession(place: Place, options: SessionOptions): Promise<Session | null> {
  const record = readRecord(place);
  if (record === null || record.startedAt === null) return null;
  const multiplexer = createMultiplexer(record.program, place.socket, options.stateFolder, options.env);
  const session = { record, multiplexer };
  return (await isRunning(session)) ? session : null;
}

/** Reads the process id of the server behind a socket; undefined: no answer. */
async function readServerPid(multiplexer: Multiplexer): Promise<number | undefined> {
  if (!existsSync(multiplexer.socket)) return undefined;
  const { exitCode, stdout } = await multiplexer.tryRun(['display-message', '-p', '#{pid}']);
  return exitCode === 0 ? Number(stdout) : undefined;
}

async function start(place: Place, options: StartOptions): Promise<Session> {
  const { kind, workFolder, stateFolder, env, path, tmateServer, authors, size, progress, signal } = options;
  const program = findMultiplexerProgram(kind, path);
  await cleanUp(place, options);
  createPlace(place);
  const sessionEnv = { ...makeSessionEnvironment(env), SNOOP_STATE: stateFolder };
  const multiplexer = createMultiplexer(program, place.socket, workFolder, sessionEnv);
  const draft = {
    format: 1,
    kind,
    program,
    server: null,
    tmateServer: null,
    workFolder,
    authors,
    startedAt: null,
  } as const;
  try {
    // Written first, so that the server of a killed start is found.
    writeRecord(place, draft);
    writeFileSync(place.config, describeConfig(kind, chooseInnerTerminal(env), tmateServer), { mode: 0o600 });
    writeFileSync(place.paneScript, paneScript, { mode: 0o600 });
    signal.throwIfAborted();
    await multiplexer.run(describeStart(place, workFolder, size));
    const server = identifyProcess((await readServerPid(multiplexer)) ?? 0);
    if (server === null) throw new SnoopError('multiplexer_failed', `${program} ended right after its start.`);
    writeRecord(place, { ...draft, server });
    const reached =
      kind === 'local'
        ? null
        : await progress.step('Waiting for the tmate server', () => awaitTmateReady(multiplexer, signal));
    await openPanes(multiplexer, place, await describePanes(workFolder, authors, env, path), workFolder);
    signal.throwIfAborted();
    const record = { ...draft, server, tmateServer: reached, startedAt: new Date().toISOString() };
    writeRecord(place, record);
    return { record, multiplexer };
  } catch (error) {
    await cleanUp(place, options);
    throw error;
  }
}

/** Time for the server and the programs of its panes to end by themselves. */
const endMs = 2_000;

/** Ends the recorded server and the programs of its panes, and removes its files. @returns whether it was running */
async function cleanUp(place: Place, { stateFolder, env }: SessionOptions): Promise<boolean> {
  const record = readRecord(place);
  let ran = false;
  if (record !== null) {
    const multiplexer = createMultiplexer(record.program, place.socket, stateFolder, env);
    // Another user's server behind the socket could name any processes to end.
    const isTrusted = existsSync(record.program) && isPrivate(dirname(place.socket));
    const answering = isTrusted ? await readServerPid(multiplexer) : undefined;
    const server = record.server ?? identifyProcess(answering ?? 0);
    ran = server !== null && isAlive(server);
    const listed =
      answering === undefined ? '' : (await multiplexer.tryRun(['list-panes', '-s', '-F', '#{pane_pid}'])).stdout;
    const panes = listed.split('\n').flatMap((pid) => identifyProcess(Number(pid)) ?? []);
    for (const [process, signal] of [
      ...(server === null ? [] : ([[server, 'SIGTERM']] as const)),
      ...panes.map((pane) => [pane, 'SIGHUP'] as const),
    ])
      await endProcess(process, endMs, signal);
  }
  clearPlace(place);
  return ran;
}
