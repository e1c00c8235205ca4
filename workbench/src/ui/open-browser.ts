import { spawn } from 'node:child_process';
import { findProgram } from '../find-program.ts';

const programs: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer' };

/** Opens a URL in the user's browser. @returns why not; null: a browser was started */
export async function openBrowser(url: string, path: readonly string[]): Promise<string | null> {
  const name = programs[process.platform] ?? 'xdg-open';
  const program = findProgram(name, path);
  if (program === null) return `There is no ${name} on the PATH.`;
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('spawn', () => {
      child.unref();
      resolve(null);
    });
  });
}
