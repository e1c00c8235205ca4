import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import { describeKwok, writeKwokConfig } from '../../src/control-plane/kwok.ts';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { makeFolder } from '../support/folder.ts';

const program = { name: 'kwok', path: '/kwok', version: '0.8.0', from: 'PATH' } as const;
const exec = { folder: '/tmp/snoop-exec-1', user: 65_534, key: 'secret' };

test('quotes and commas in the path of the state folder arrive in the configuration', async () => {
  const folder = join(await makeFolder(), `it's "a", b\\c: #1`);
  mkdirSync(folder);
  const layout = createLayout(folder);
  const ports = await choosePorts(null);
  writeKwokConfig(layout, ports, { exec });

  const [logs, attach, portForward] = loadAll(readFileSync(join(layout.nodes, 'containers.yaml'), 'utf8'));
  const logsFile = join(layout.nodes, 'container.log');
  expect(logs).toMatchObject({ kind: 'ClusterLogs', spec: { logs: [{ logsFile }] } });
  expect(attach).toMatchObject({ kind: 'ClusterAttach', spec: { attaches: [{ logsFile }] } });
  expect(portForward).toMatchObject({ spec: { forwards: [{ target: { address: '127.0.0.1', port: ports.pods } }] } });
  expect(readFileSync(logsFile, 'utf8')).toMatch(/^\S+Z stdout F A simulated container/);

  const { args, env } = describeKwok(layout, ports, program, { exec });
  expect(args).toContain(`--config="${layout.nodes.replaceAll('"', '""')}/containers.yaml"`);
  expect(args.join(' ')).not.toContain(exec.key);
  expect(env).toEqual({ PATH: '', KWOK_WORKDIR: layout.nodes });
});

test('exec is in the configuration only if it is on, as nobody, under a secret name', async () => {
  const layout = createLayout(await makeFolder());
  const ports = await choosePorts(null);
  const off = describeKwok(layout, ports, program, { exec: null });
  const on = describeKwok(layout, ports, program, { exec });
  expect(on.args.filter((arg) => !off.args.includes(arg))).toEqual([`--config="${join(layout.nodes, 'exec.yaml')}"`]);

  writeKwokConfig(layout, ports, { exec });
  expect(loadAll(readFileSync(join(layout.nodes, 'exec.yaml'), 'utf8'))).toMatchObject([
    {
      kind: 'ClusterExec',
      spec: {
        execs: [
          {
            containers: ['secret'],
            local: {
              workDir: exec.folder,
              securityContext: { runAsUser: exec.user },
              envs: [
                { name: 'PATH', value: '' },
                { name: 'SNOOP_NODES_EXEC', value: exec.folder },
              ],
            },
          },
        ],
      },
    },
  ]);
});
