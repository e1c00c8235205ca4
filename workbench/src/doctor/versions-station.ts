import { schemaVersion } from '@snoop/snoopdb';
import { createLayout } from '../control-plane/layout.ts';
import type { Programs } from '../control-plane/programs/find-programs.ts';
import type { Program } from '../control-plane/programs/program.ts';
import { readState } from '../control-plane/state.ts';
import { readInstalledVersion } from '../installed-version.ts';
import { version } from '../version.ts';
import { ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Station, StationInput } from './station.ts';

const leastPostgresql = 140_000;

/** The versions of all programs on the way, for bug reports. */
export const versionsStation: Station = {
  name: 'versions',
  limitMs: () => 10_000,
  async check(input) {
    const { auditloggerVersion, databaseVersion } = input.facts;
    const found: Finding[] = [
      ...(auditloggerVersion !== undefined && auditloggerVersion !== version
        ? [wrong('auditlogger_version', { found: auditloggerVersion, wanted: version })]
        : []),
      ...(databaseVersion !== undefined && databaseVersion.number < leastPostgresql
        ? [wrong('postgresql_version', { found: databaseVersion.text })]
        : []),
    ];
    return { findings: [ok(listVersions(input).join(', ')), ...found] };
  },
};

function listVersions({ options: { stateFolder }, facts }: StationInput): string[] {
  const { target, cluster, auditloggerVersion, databaseVersion } = facts;
  const programs = target?.kind === 'local' ? (readState(createLayout(stateFolder))?.programs ?? null) : null;
  return [
    `snoop ${version} (schema ${schemaVersion})`,
    `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
    `@kubernetes/client-node ${readInstalledVersion('@kubernetes/client-node') ?? 'unknown'}`,
    ...(cluster ? [`Kubernetes ${cluster.version}`] : []),
    ...listPrograms(programs).map(({ name, version: found }) => `${name} ${found}`),
    ...(databaseVersion ? [`PostgreSQL ${databaseVersion.text}`] : []),
    ...(auditloggerVersion === undefined ? [] : [`auditlogger ${auditloggerVersion}`]),
  ];
}

function listPrograms(programs: Programs | null): readonly Program[] {
  if (programs === null) return [];
  const { etcd, controllerManager, nodes } = programs;
  return [etcd, ...(controllerManager ? [controllerManager] : []), ...(nodes ? [nodes.scheduler, nodes.kwok] : [])];
}
