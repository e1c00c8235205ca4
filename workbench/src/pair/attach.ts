import { runInTerminal } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Variables } from './multiplexer.ts';
import { isRunning } from './session.ts';
import type { Session } from './session.ts';
import { makeSessionEnvironment } from './terminal.ts';

/**
 * Hands the terminal over to the session until the person leaves it or it ends.
 *
 * @param options.ask waits for Enter first, so that what was printed can be read: the session takes the whole screen
 * @param options.signal leaves the session
 * @returns whether the session goes on
 * @throws SnoopError `not_attached` when the terminal cannot show it
 */
export async function attach(
  session: Session,
  options: { readonly ask: boolean; readonly env: Variables; readonly signal: AbortSignal },
): Promise<boolean> {
  const { multiplexer, record } = session;
  const { program, socket } = multiplexer;
  const env = makeSessionEnvironment(options.env);
  const wait = options.ask ? 'printf "Enter opens the session. " >&2; read -r line || exit 0; ' : '';
  const line = `${wait}exec "$0" -u -S "$1" attach-session`;
  const { signal } = options;
  const exitCode = await runInTerminal('sh', ['-c', line, program, socket], { env, cwd: record.workFolder, signal });
  const goesOn = await isRunning(session);
  // null: a signal ended it, as the end of the terminal does.
  if (exitCode === 0 || exitCode === null || !goesOn || signal.aborted) return goesOn;
  throw new SnoopError('not_attached', `This terminal (TERM=${env.TERM}) cannot show the session; it goes on.`, {
    advice: ['Its reason stands above.', "Try another: TERM=xterm snoop pair; 'snoop pair --end' ends the session."],
  });
}
