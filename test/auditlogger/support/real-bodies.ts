import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { makeEvents } from '../../tools/bodies.ts';
import { writeList } from './event.ts';

// Audit logs of public projects lie beside some checkouts; they are for tests only and no part of the project.
const folder = new URL('../../../../shared/data/audit/', import.meta.url);
const files = [
  'audit2rbac-demo-v1beta1.jsonl',
  'falco-k8s-audit.jsonl',
  'minikube-k8s-1.34.jsonl.gz',
  'webhook-eventlist-k8s-1.20.jsonl',
];
const longest = 4000;

/** Bodies of one event or a few that API servers wrote, and ordinary ones made here. */
export function readRealBodies(): Buffer[] {
  const made = Array.from({ length: 40 }, (_, index) => writeList(makeEvents(1 + (index % 3))));
  if (!existsSync(folder)) {
    console.log('Bodies of real API servers are left out: ../shared/data/audit is not there.');
    return made;
  }
  const lines = files.flatMap((file) => {
    const bytes = readFileSync(new URL(file, folder));
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n');
  });
  const short = lines.filter((line) => line.startsWith('{') && line.length < longest);
  const real = short.map((line) => (line.includes('"kind":"EventList"') ? Buffer.from(line) : writeList([line])));
  return [...made, ...real];
}
