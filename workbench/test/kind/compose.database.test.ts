import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { pods, root } from './static-pod.ts';

interface Service {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly string[];
}

const text = readFileSync(join(root, 'compose.yaml'), 'utf8');
const { services, volumes } = load(text) as {
  services: Record<'prepare' | 'snoopdb' | 'auditlogger', Service>;
  volumes: Record<string, unknown>;
};
const { prepare, snoopdb, auditlogger } = services;

test('prepares like the static Pods, and then starts the two programs', () => {
  const [init] = pods.snoopdb.spec.initContainers;
  expect(Object.keys(services)).toEqual(['prepare', 'snoopdb', 'auditlogger']);
  expect([prepare.image, prepare.entrypoint, prepare.cap_add, prepare.user]).toEqual([
    init?.image,
    init?.command,
    init?.securityContext.capabilities.add,
    '0:0',
  ]);
  for (const { depends_on } of [snoopdb, auditlogger]) {
    expect(depends_on).toEqual({ prepare: { condition: 'service_completed_successfully' } });
  }
});

test('starts the programs of the images with valid flags', () => {
  expect([snoopdb.entrypoint, auditlogger.entrypoint]).toEqual([undefined, undefined]);
  const script = join(root, 'auditlogger/bin/auditlogger.js');
  const help = execFileSync(process.execPath, [script, '--help'], { encoding: 'utf8' });
  const flags = (auditlogger.command ?? []).map((word) => word.split('=')[0] ?? '');
  expect(flags).toEqual(['--listen', '--insecure', '--spool', '--log-format']);
  for (const flag of flags) expect(help).toContain(flag);
});

test('requests no unneeded rights and opens only loopback addresses', () => {
  for (const service of Object.values(services)) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const volume of service.volumes) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
  }
  expect([prepare.user, snoopdb.user, auditlogger.user]).toEqual(['0:0', undefined, undefined]);
});

test("contains no secret: the password is in a volume, and each program gets the file's path", () => {
  const variables = Object.values(services).flatMap(({ environment }) => Object.entries(environment ?? {}));
  expect(variables.map(([name]) => name).filter((name) => /password|secret|token/i.test(name))).toEqual([]);
  for (const [, value] of variables) expect(value).not.toMatch(/\/\/[^/@]*:[^/@]*@/);
  expect([snoopdb.environment?.PGPASSFILE, auditlogger.environment?.PGPASSFILE]).toEqual([
    '/var/lib/snoop/snoopdb/pgpass',
    '/var/lib/snoop/auditlogger/pgpass',
  ]);
});
