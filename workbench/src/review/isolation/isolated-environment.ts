import type { IsolatedFolder } from './isolated-folder.ts';

const passedOn = /^(?:PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ)$/;

/** Creates the environment of somebody else's tests: programs and locale of the user, and the temporary folder. */
export function createIsolatedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { home, temporary }: Pick<IsolatedFolder, 'home' | 'temporary'>,
): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && passedOn.test(name) ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(kept), HOME: home, TMPDIR: temporary, NO_COLOR: '1' };
}
