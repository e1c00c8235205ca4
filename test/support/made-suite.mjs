// A small suite of tests for 'snoop audit-run': sends requests with the agents of tests to the cluster in KUBECONFIG.
// What it does is in MADE_SUITE, JSON: {agent, senders, pauseMs, tests: [{name, times, requests: [[method, path, body]]}],
// exitCode, hang, child}. `{n}` in a path or body is the number of the time; pauseMs is the time between requests.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request as send } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';

const suite = JSON.parse(process.env.MADE_SUITE ?? '{}');
const config = new KubeConfig();
config.loadFromFile(process.env.KUBECONFIG ?? '');
const server = new URL(config.getCurrentCluster()?.server ?? '');
const options = {};
await config.applyToHTTPSOptions(options);
// As Go's clients do.
options.agent.keepAlive = true;

const began = performance.now();
for (const { name, requests, times = 1 } of suite.tests ?? []) {
  const agent = `${suite.agent ?? 'e2e.test/v1.36.0 (linux/amd64) kubernetes/abcdef0'}${name === '' ? '' : ` -- ${name}`}`;
  let left = times;
  const sender = async () => {
    while (left > 0) {
      const number = left;
      left -= 1;
      for (const [method, path, body] of requests) {
        await request(method, path.replace('{n}', number), agent, body && fill(body, number));
        if (suite.pauseMs) await wait(suite.pauseMs);
      }
    }
  };
  await Promise.all(Array.from({ length: suite.senders ?? 1 }, sender));
  process.stdout.write(`ran ${name}\n`);
}
process.stdout.write(`suite took ${(performance.now() - began).toFixed(0)} ms\n`);
if (suite.child) {
  // A process that the suite forgets.
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  process.stdout.write(`child ${child.pid}\n`);
}
if (suite.junit && process.env.SNOOP_REPORT_DIR) {
  writeFileSync(join(process.env.SNOOP_REPORT_DIR, 'junit_01.xml'), suite.junit);
}
if (suite.hang) {
  process.stdout.write('hanging\n');
  setInterval(() => {}, 60_000);
} else process.exit(suite.exitCode ?? 0);

function fill(body, number) {
  return JSON.parse(JSON.stringify(body).replaceAll('{n}', number));
}

function request(method, path, agent, body) {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { ...options.headers, 'user-agent': agent, ...(body && { 'content-type': type }) };
    const sent = send({ ...options, method, path, hostname: server.hostname, port: server.port, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject).end(body && JSON.stringify(body));
  });
}
