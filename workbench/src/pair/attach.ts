import { runInTerminal } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Variables } from './multiplexer.ts';
import { isRunning } from './session.ts';
import type { Session } from './session.ts';
import { makeSessionEnvironment } from './terminal.ts';

/**
 * Shows the session in this terminal until the user leaves it or it ends.
 *
 * @param options.ask waits for Enter first: the session hides what was printed
 * @param options.signal leaves the session
 * @returns whether the session is still running
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
  const stillRuns = await isRunning(session);
  // null: ended by a signal, such as the SIGHUP of a closed terminal.
  if (exitCode === 0 || exitCode === null || !stillRuns || signal.aborted) return stillRuns;
  throw new SnoopError(
    'not_attached',
    `This terminal (TERM=${env.TERM}) cannot show the session, which is still running.`,
    {
      advice: ['The reason is above.', "Try TERM=xterm snoop pair. 'snoop pair --end' ends the session."],
    },
  );
}
