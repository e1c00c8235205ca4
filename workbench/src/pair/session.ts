import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { endProcess, identifyProcess, isAlive, withLock } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { describeConfig, describeStart } from './config.ts';
import { createMultiplexer, findMultiplexerProgram } from './multiplexer.ts';
import type { Multiplexer, Variables } from './multiplexer.ts';
import { describePanes, openPanes, paneScript } from './panes.ts';
import { clearPlace, findPlace, isPrivate, makePlace, readRecord, writeRecord } from './place.ts';
import type { Place, SessionKind, SessionRecord } from './place.ts';
import { chooseInnerTerminal, makeSessionEnvironment } from './terminal.ts';
import { awaitTmateReady } from './tmate-ready.ts';
import type { TmateServer } from './tmate-server.ts';

/** A shared session that runs. */
export interface Session {
  readonly record: SessionRecord;
  readonly multiplexer: Multiplexer;
}

export interface SessionOptions {
  /** Absolute; one state folder has one session. */
  readonly stateFolder: string;
  readonly env: Variables;
  readonly progress: Progress;
  /** Ends a start; nothing of it stays. */
  readonly signal: AbortSignal;
}

export interface StartOptions extends SessionOptions {
  readonly kind: SessionKind;
  /** null: the server that tmate itself knows. */
  readonly tmateServer: TmateServer | null;
  /** Absolute. */
  readonly workFolder: string;
  readonly authors: readonly string[];
  /** Where programs are looked for. */
  readonly path: readonly string[];
  /** Of the terminal that will look at it first. */
  readonly size: { readonly columns: number; readonly rows: number };
}

/**
 * The shared session of the state folder: the one that runs, or a new one. Of several people who ask at the same moment one
 * starts it, and the others join.
 *
 * @throws SnoopError `no_multiplexer`, `tmate_unreachable`, `multiplexer_failed`, `not_private`; `other_session` when
 *   another kind of session runs than was asked for
 */
export function startOrJoin(options: StartOptions): Promise<Session & { readonly started: boolean }> {
  const place = findPlace(options.stateFolder);
  makePlace(place);
  return withPlaceLock(place, 'snoop pair', options, async () => {
    const running = await findSession(place, options);
    if (running === null) return { ...(await start(place, options)), started: true };
    refuseOther(running.record, options);
    return { ...running, started: false };
  });
}

/** Ends the shared session, or tidies up what a killed one left. @returns whether one ran */
export async function endSession(options: SessionOptions): Promise<boolean> {
  const place = findPlace(options.stateFolder);
  if (!existsSync(place.folder)) return false;
  return withPlaceLock(place, 'snoop pair --end', options, () => tidyUp(place, options));
}

/** Whether a session still runs that was joined. */
export async function isRunning({ multiplexer, record }: Session): Promise<boolean> {
  return (await askServer(multiplexer)) === record.server?.pid;
}

/** Whether a program with this environment runs in a pane of the session: attaching would show the session in itself. */
export function isInside({ multiplexer }: Session, env: Variables): boolean {
  return env.TMUX?.split(',')[0] === multiplexer.socket;
}

/** Who asks for a session that nobody outside reaches is not put into one that somebody may; and who names a server means it. */
function refuseOther(running: SessionRecord, { kind, tmateServer }: StartOptions): void {
  const wanted = tmateServer === null ? null : `${tmateServer.host}:${tmateServer.port}`;
  const isOther = (kind === 'local' && running.kind === 'tmate') || (wanted !== null && wanted !== running.tmateServer);
  if (!isOther) return;
  const what = running.kind === 'local' ? 'a local one' : `one through the tmate server ${running.tmateServer}`;
  throw new SnoopError('other_session', `A shared session runs already, and it is ${what}.`, {
    advice: ["'snoop pair' joins it. Or end it first: 'snoop pair --end'. Or have two: --state DIR."],
  });
}

function withPlaceLock<T>(place: Place, purpose: string, options: SessionOptions, work: () => Promise<T>): Promise<T> {
  const { progress, signal } = options;
  const onWait = (holder: { pid: number; purpose: string }): void =>
    progress.print(`'${holder.purpose}' (process ${holder.pid}) is at work on the shared session; waiting for it.`);
  return withLock(place.folder, { purpose, onWait, signal }, work);
}

/** The session that was started whole and answers. */
async function findSession(place: Place, options: SessionOptions): Promise<Session | null> {
  const record = readRecord(place);
  if (record === null || record.startedAt === null) return null;
  const multiplexer = createMultiplexer(record.program, place.socket, options.stateFolder, options.env);
  const session = { record, multiplexer };
  return (await isRunning(session)) ? session : null;
}

/** The process number of the server behind a socket; undefined: nothing answers there. */
async function askServer(multiplexer: Multiplexer): Promise<number | undefined> {
  if (!existsSync(multiplexer.socket)) return undefined;
  const { exitCode, stdout } = await multiplexer.ask(['display-message', '-p', '#{pid}']);
  return exitCode === 0 ? Number(stdout) : undefined;
}

async function start(place: Place, options: StartOptions): Promise<Session> {
  const { kind, workFolder, stateFolder, env, path, tmateServer, authors, size, progress, signal } = options;
  const program = findMultiplexerProgram(kind, path);
  await tidyUp(place, options);
  makePlace(place);
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
    // Written down before there is anything, so that the server of a killed start is found.
    writeRecord(place, draft);
    writeFileSync(place.config, describeConfig(kind, chooseInnerTerminal(env), tmateServer), { mode: 0o600 });
    writeFileSync(place.paneScript, paneScript, { mode: 0o600 });
    signal.throwIfAborted();
    await multiplexer.tell(describeStart(place, workFolder, size));
    const server = identifyProcess((await askServer(multiplexer)) ?? 0);
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
    await tidyUp(place, options);
    throw error;
  }
}

/** How long the server, and what runs in its panes, may take to end by itself. */
const endMs = 2_000;

/** Ends the server that is written down and what runs in its panes, and removes its files. @returns whether it ran */
async function tidyUp(place: Place, { stateFolder, env }: SessionOptions): Promise<boolean> {
  const record = readRecord(place);
  let ran = false;
  if (record !== null) {
    const multiplexer = createMultiplexer(record.program, place.socket, stateFolder, env);
    // A socket in a folder for all may be somebody else's since, who would then say which processes are to be ended.
    const mayAsk = existsSync(record.program) && isPrivate(dirname(place.socket));
    const answering = mayAsk ? await askServer(multiplexer) : undefined;
    const server = record.server ?? identifyProcess(answering ?? 0);
    ran = server !== null && isAlive(server);
    const listed =
      answering === undefined ? '' : (await multiplexer.ask(['list-panes', '-s', '-F', '#{pane_pid}'])).stdout;
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
