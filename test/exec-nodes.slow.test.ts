import { expect, test } from 'vitest';
import { findProgram } from './manifests/programs.ts';
import { startOwnControlPlane } from './support/control-plane.ts';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { runSnoop } from './support/snoop.ts';

/** A Pod that runs, its log, followed too, and a connection to its port. */
const script = `
set -e
kubectl run one --image=example.org/none:1 --port=8080 >/dev/null
kubectl wait --for=condition=Ready pod/one --timeout=60s >/dev/null
kubectl logs one
timeout 3 kubectl logs one --follow >/dev/null || true
kubectl port-forward pod/one 0:8080 > "$0/ports" &
forward=$!
until grep -q 127.0.0.1 "$0/ports"; do sleep 0.1; done
port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\).*/\\1/p' "$0/ports" | head -1)
curl --silent --show-error --fail "http://127.0.0.1:$port/"
kill $forward
wait $forward || true
kubectl delete pod one --wait=false >/dev/null`;

test('logs and port-forward of kubectl through the proxy, to simulated nodes, are recorded', {
  timeout: 1_200_000,
}, async (context) => {
  for (const program of ['kubectl', 'curl']) {
    if (findProgram(program) === null)
      return context.skip(`no ${program} on PATH: no logs and no port-forward were recorded`);
  }
  const state = await startOwnControlPlane('--nodes', '1');
  const ended = await runSnoop(['exec', '--name', 'pods', '--state', state, '--', 'sh', '-c', script, state]);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stdout).not.toBe('');
  const report = parseReport(await runSnoop(['report', '--state', state, '--output', 'json']));
  expectAllRecorded(report);
  const hits = hitsOf(report);
  expect(hits.readCoreV1NamespacedPodLog).toBeGreaterThanOrEqual(2);
  // Newer versions of kubectl connect with WebSockets, which are GETs, older ones with SPDY.
  const forwarded = ['Get', 'Post'].map((method) => hits[`connectCoreV1${method}NamespacedPodPortforward`] ?? 0);
  expect(Math.max(...forwarded)).toBe(1);
});
