/**
 * The lines that GitHub's runner obeys: trimmed, they begin with `::`, or `##[` is anywhere in them; not between
 * `::stop-commands::token` and `::token::`. See ActionCommand.cs and ActionCommandManager.cs of actions/runner.
 */
export function listCommands(log: string): string[] {
  let token: string | null = null;
  return log.split('\n').flatMap((line) => {
    const stop = /^::stop-commands::(.+)$/.exec(line.trim());
    if (token !== null) {
      if (line.trim() === `::${token}::`) token = null;
      return [];
    }
    if (stop !== null) {
      token = stop[1] ?? null;
      return [];
    }
    return /^\s*::|##\[/.test(line) ? [line] : [];
  });
}
