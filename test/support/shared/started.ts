export type TearDown = () => Promise<void>;

interface Started {
  readonly value: Promise<unknown>;
  users: number;
}

declare global {
  /** Every project of vitest loads this module anew, but what is started belongs to the whole process. */
  var startedForTests: Map<string, Started> | undefined;
}

globalThis.startedForTests ??= new Map();
const started = globalThis.startedForTests;

/**
 * Starts something for all projects of this process that ask for it: the first one starts it, the last one to leave
 * takes it down.
 * @returns what was started, and the function that the project calls when its tests have ended
 */
export async function share<T>(
  name: string,
  start: () => Promise<T>,
  end: TearDown = async () => {},
): Promise<{ value: T; release: TearDown }> {
  const running: Started = started.get(name) ?? { value: start(), users: 0 };
  started.set(name, running);
  running.users++;
  // Only this function adds to the map, and one name always goes with one type.
  const value = (await running.value) as T;
  return {
    value,
    async release() {
      running.users--;
      if (running.users > 0) return;
      started.delete(name);
      await end();
    },
  };
}
