export type Level = 'stable' | 'beta' | 'alpha';

/** From the best. */
export const levels: readonly Level[] = ['stable', 'beta', 'alpha'];

const groupRoot = /^\/apis\/([^/]+)\/?$/;
const groupVersion = /^\/apis\/([^/]+)\/(v\d[^/]*)(?:\/|$)/;
const coreVersion = /^\/api\/(v\d[^/]*)(?:\/|$)/;
// The published coverage counts these two as beta, although their paths have no version.
const betaByName = /^getServiceAccountIssuerOpenID/;

/** Finds the level of an endpoint by its operationId and path. */
export type FindLevel = (endpoint: string, path: string) => Level;

/**
 * Creates the rule for the endpoints of one document: the version in a path gives the level; the discovery endpoint of a
 * group has the level of the best version that the group serves; everything else is stable.
 *
 * @param paths all paths of the document
 */
export function createLevelRule(paths: Iterable<string>): FindLevel {
  const groupLevels = findGroupLevels(paths);
  return (endpoint, path) => {
    if (betaByName.test(endpoint)) return 'beta';
    const group = groupRoot.exec(path)?.[1];
    if (group) return groupLevels.get(group) ?? 'stable';
    const version = groupVersion.exec(path)?.[2] ?? coreVersion.exec(path)?.[1];
    return version ? readLevel(version) : 'stable';
  };
}

function findGroupLevels(paths: Iterable<string>): Map<string, Level> {
  const found = new Map<string, Level>();
  for (const path of paths) {
    const [, group, version] = groupVersion.exec(path) ?? [];
    if (!group || !version) continue;
    const level = readLevel(version);
    const known = found.get(group);
    if (!known || levels.indexOf(level) < levels.indexOf(known)) found.set(group, level);
  }
  return found;
}

function readLevel(version: string): Level {
  if (/alpha/.test(version)) return 'alpha';
  return /beta/.test(version) ? 'beta' : 'stable';
}
