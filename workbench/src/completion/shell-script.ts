import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script that a shell reads; it runs this program for each completion. */
export function readShellScript(shell: Shell): string {
  const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
  return readFileSync(new URL(`../../completion/snoop.${shell}`, import.meta.url), 'utf8')
    .replaceAll("'@NODE@'", () => quote(process.execPath, shell))
    .replaceAll("'@PROGRAM@'", () => quote(program, shell));
}

function quote(text: string, shell: Shell): string {
  if (shell === 'fish') return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
