// Downloads kubectl and keeps it only if it has the published checksum: node fetch-kubectl.mjs URL VERSION FILE
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const [url = '', version = '', file = ''] = process.argv.slice(2);
const architectures = { x64: 'amd64', arm64: 'arm64', ppc64: 'ppc64le', s390x: 's390x' };
const address = `${url.replace(/\/$/, '')}/v${version}/bin/linux/${architectures[process.arch]}/kubectl`;

async function fetchBytes(from) {
  const answer = await fetch(from, { signal: AbortSignal.timeout(300_000) });
  if (!answer.ok) throw new Error(`${from} was answered ${answer.status}.`);
  return Buffer.from(await answer.arrayBuffer());
}

try {
  const [program, published] = await Promise.all([fetchBytes(address), fetchBytes(`${address}.sha256`)]);
  const wanted = published.toString().trim().split(/\s/)[0];
  const found = createHash('sha256').update(program).digest('hex');
  if (found !== wanted) throw new Error(`${address} has the sha256 ${found}, and ${wanted} is published.`);
  writeFileSync(file, program, { mode: 0o755 });
} catch (error) {
  console.error(`kubectl cannot be downloaded: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
  console.error('Without a way to the internet: --build-arg KUBECTL_SOURCE=debian takes that of the Debian release.');
  process.exit(1);
}
