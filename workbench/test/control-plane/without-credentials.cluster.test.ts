import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { openPool } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import type { GetOptions } from '../../src/http-request.ts';
import { createLayout } from '../../src/control-plane/layout.ts';
import { readState } from '../../src/control-plane/state.ts';
import { createCa } from '../../src/sink/certificates.ts';
import { findShared } from '../support/control-plane.ts';
import { tell } from './support.ts';

// Every user of the machine can connect to the ports of a control plane. The answers are listed here and in
// workbench/README.md.

test('what the ports answer without credentials', async () => {
  const { folder, snoopdb, source } = await findShared();
  const layout = createLayout(folder);
  const ports = readState(layout)?.ports;
  if (!ports) throw new Error(`No control plane runs in ${folder}.`);
  const at = (port: number, scheme = 'https'): string => `${scheme}://127.0.0.1:${port}`;
  const read = (file: string): string => readFileSync(file, 'utf8');
  const partCa = { ca: read(layout.partCa) };

  // The apiserver's own credentials, to show that the port is open.
  const own = { ...partCa, cert: read(layout.etcdClient.certificate), key: read(layout.etcdClient.key) };
  expect(await tell(`${at(ports.etcd)}/health`, own)).toBe(200);
  const foreign = await (await createCa(1)).issue({ commonName: 'kube-apiserver', usage: 'client', days: 1 });
  const auditlogger = { cert: read(layout.auditloggerServer.certificate), key: read(layout.auditloggerServer.key) };
  for (const port of [ports.etcd, ports.etcdPeer]) {
    for (const path of ['/health', '/version', '/metrics', '/v2/keys', '/members']) {
      expect(await tell(at(port) + path, partCa), path).toBe('refused');
      expect(await tell(at(port, 'http') + path), path).not.toBe(200);
    }
    const shown = { ...partCa, cert: foreign.certificate, key: foreign.key };
    expect(await tell(`${at(port)}/health`, shown)).toBe('refused');
    expect(await tell(`${at(port)}/health`, { ...partCa, ...auditlogger })).toBe('refused');
  }

  const apiserver = { ca: read(layout.ca) };
  expect(
    await tellAll(at(ports.apiserver), apiserver, [
      ...['/healthz', '/livez', '/readyz', '/version', '/version/'],
      ...['/', '/api', '/apis', '/openapi/v2', '/openapi/v3', '/metrics', '/configz', '/statusz', '/flagz'],
      ...['/debug/pprof/', '/logs/', '/.well-known/openid-configuration', '/openid/v1/jwks'],
      ...['/api/v1/secrets', '/api/v1/namespaces', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
    ]),
  ).toMatchInlineSnapshot(`
    {
      "/": 403,
      "/.well-known/openid-configuration": 403,
      "/api": 403,
      "/api/v1/namespaces": 403,
      "/api/v1/secrets": 403,
      "/apis": 403,
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings": 403,
      "/configz": 403,
      "/debug/pprof/": 403,
      "/flagz": 403,
      "/healthz": 200,
      "/livez": 200,
      "/logs/": 403,
      "/metrics": 403,
      "/openapi/v2": 403,
      "/openapi/v3": 403,
      "/openid/v1/jwks": 403,
      "/readyz": 200,
      "/statusz": 403,
      "/version": 200,
      "/version/": 200,
    }
  `);
  const controllerManager = { ca: read(join(layout.controllerManagerCerts, 'kube-controller-manager.crt')) };
  expect(
    await tellAll(at(ports.controllerManager), controllerManager, [
      ...['/healthz', '/livez', '/readyz', '/', '/metrics', '/metrics/slis', '/configz', '/statusz', '/flagz'],
      ...['/debug/pprof/', '/debug/controllers/garbagecollector/graph', '/debug/flags/v'],
    ]),
  ).toMatchInlineSnapshot(`
    {
      "/": 403,
      "/configz": 403,
      "/debug/controllers/garbagecollector/graph": 403,
      "/debug/flags/v": 403,
      "/debug/pprof/": 403,
      "/flagz": 403,
      "/healthz": 200,
      "/livez": 404,
      "/metrics": 403,
      "/metrics/slis": 403,
      "/readyz": 404,
      "/statusz": 403,
    }
  `);
  expect(await tellAll(at(ports.auditlogger), partCa, ['/', '/healthz', '/readyz', '/metrics'])).toMatchInlineSnapshot(`
    {
      "/": 200,
      "/healthz": 200,
      "/metrics": 200,
      "/readyz": 200,
    }
  `);
  expect(await tell(at(ports.auditlogger, 'http'))).not.toBe(200);
  for (const path of ['/events', `/events/${source}`]) {
    expect(await post(at(ports.auditlogger) + path, partCa), path).toBe(401);
    expect(await post(at(ports.auditlogger) + path, { ...partCa, token: 'x'.repeat(64) }), path).toBe(401);
    expect(await post(at(ports.auditlogger) + path, { ...partCa, token: read(layout.auditloggerToken).trim() })).toBe(
      200,
    );
  }

  for (const [user, password] of [
    ['apisnoop', ''],
    ['apisnoop', 'apisnoop'],
    ['postgres', ''],
    ['postgres', 'postgres'],
  ]) {
    const url = new URL(snoopdb.url);
    Object.assign(url, { username: user, password });
    const pool = openPool(url.href, { max: 1 });
    await expect(pool.query('select 1'), `${user}:${password}`).rejects.toThrow(/password/);
    await pool.end();
  }
});

async function tellAll(
  server: string,
  options: GetOptions,
  paths: readonly string[],
): Promise<Record<string, unknown>> {
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await tell(server + path, options)])));
}

/** The status of a POST without events. */
function post(url: string, { ca, token }: GetOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const sending = request(url, { method: 'POST', agent: false, headers, ca }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sending.once('error', reject);
    sending.end('{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}');
  });
}
