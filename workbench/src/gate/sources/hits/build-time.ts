/** Prow numbers builds with snowflake ids: milliseconds since this time, above 22 other bits. */
const snowflakeEpochMs = 1_288_834_974_657;
/** Build ids were small numbers before. */
const firstMs = Date.UTC(2018, 0);

/** When a build of Prow started, by the id in its URL, in milliseconds since 1970; null: the URL shows no such id. */
export function findBuildTime(url: string): number | null {
  const id = /\/(\d{17,20})(?:\/|$)/.exec(url)?.[1];
  if (id === undefined) return null;
  const timeMs = Number(BigInt(id) >> 22n) + snowflakeEpochMs;
  return timeMs >= firstMs && timeMs <= Date.now() + 86_400_000 ? timeMs : null;
}

/** The newest start of the builds of Prow among these URLs. */
export function findNewestBuild(urls: readonly string[]): number | null {
  const times = urls.flatMap((url) => findBuildTime(url) ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
