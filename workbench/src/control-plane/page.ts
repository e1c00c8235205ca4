import { fileURLToPath } from 'node:url';
import { sendRequest } from '../http-request.ts';
import type { Part } from './part.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

export function formatPageUrl(port: number): string {
  return `http://127.0.0.1:${port}/`;
}

export interface PageOptions {
  readonly stateFolder: string;
  readonly port: number;
  /** Goes into the environment, since every user can read a command line. */
  readonly databaseUrl: string;
  readonly logFile: string;
}

/** The server of the page, which knows its parent and ends with it. */
export function describePage({ stateFolder, port, databaseUrl, logFile }: PageOptions): Part {
  return {
    name: 'ui',
    program: process.execPath,
    args: [program, 'serve-ui', '--state', stateFolder, '--port', String(port)],
    env: { DATABASE_URL: databaseUrl },
    logFile,
    isReady: () => isPageServed(port),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 5000,
  };
}

const answerMs = 2000;

/** Whether the page answers. */
export async function isPageServed(port: number): Promise<boolean> {
  const request = {
    host: '127.0.0.1',
    port,
    path: '/live.html',
    timeout: answerMs,
    signal: AbortSignal.timeout(answerMs),
  };
  try {
    return (await sendRequest(request)).status === 200;
  } catch {
    return false;
  }
}
