// Answers like an API server, at once. Arguments: files with certificate and key. Prints its port.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certificate = '', key = ''] = process.argv.slice(2);
const version = JSON.stringify({ gitVersion: 'v1.36.3' });
const object = JSON.stringify({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'a' },
  data: { a: 'x'.repeat(500) },
});
const megabyte = Buffer.alloc(1_000_000, 'x');

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  request.resume();
  const megabytes = /^\/large\/(\d+)$/.exec(request.url ?? '')?.[1];
  if (megabytes !== undefined) return void sendLarge(response, Number(megabytes));
  const body = request.url === '/version' ? version : object;
  const isKnown = request.url === '/version' || request.url?.startsWith('/api/v1/namespaces/a/');
  response.writeHead(isKnown ? 200 : 404, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

async function sendLarge(response, megabytes) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': megabytes * megabyte.length });
  for (let sent = 0; sent < megabytes; sent += 1) {
    if (!response.write(megabyte)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}
