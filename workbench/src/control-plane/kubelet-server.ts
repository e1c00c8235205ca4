import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Layout } from './layout.ts';
import { closeServer } from './pod-server.ts';
import type { Ports } from './ports.ts';

/** What the kube-apiserver requests of a kubelet for the subresources log, attach and portforward of Pods. */
const openPath = /^\/(?:containerLogs|attach|portForward)\//;
/** `/exec/<namespace>/<pod>/<container>`, with the Pod's uid before the container in some versions. */
const execPath = /^(\/exec\/[^/?]+\/[^/?]+(?:\/[^/?]+)?\/)[^/?]+(?=\?|$)/;

/**
 * An attach ends by itself: the kube-apiserver does not notice that a client has closed its WebSocket until the
 * container writes or ends, and the request would never be recorded.
 */
const attachMs = 10_000;

const execIsOff = "exec is off in simulated nodes; 'snoop up --nodes N --nodes-exec' turns it on.\n";
const unknownPath = 'Simulated nodes answer only log, attach, exec and portforward.\n';

/**
 * Starts the server that the kube-apiserver takes for the kubelet of every node. It passes requests on to kwok, which
 * itself accepts any client, and answers 101 to an exec before it refuses it: that would count as a hit.
 *
 * @param execKey the name by which kwok knows containers with exec, which only this server uses; null: exec is off
 * @returns stops it
 */
export async function startKubeletServer(
  { partCa, kubeletServer }: Layout,
  ports: Ports,
  execKey: string | null,
): Promise<() => void> {
  const server = createServer({
    cert: readFileSync(kubeletServer.certificate),
    key: readFileSync(kubeletServer.key),
    ca: readFileSync(partCa),
    requestCert: true,
    rejectUnauthorized: true,
    // A log can be followed for hours; the kube-apiserver is the only client.
    requestTimeout: 0,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = choosePath(request, execKey);
    if (typeof path !== 'string') return void response.writeHead(path.status).end(path.message);
    const forwarded = forward(ports, request, path);
    forwarded.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.on('error', () => response.destroy()).pipe(response);
    });
    // There may be several errors; one without a listener would end the supervisor.
    forwarded.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('error', () => response.destroy());
    response.once('close', () => forwarded.destroy());
    request.pipe(forwarded);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const path = choosePath(request, execKey);
    if (typeof path !== 'string') return answerUpgrade(socket, path.status, path.message);
    const forwarded = forward(ports, request, path);
    let isAnswered = false;
    forwarded.once('upgrade', (answer, upstream, upstreamHead) => {
      isAnswered = true;
      socket.write(formatHead(answer));
      socket.write(upstreamHead);
      upstream.write(head);
      joinSockets(socket, upstream);
      if (!path.startsWith('/attach/')) return;
      const end = setTimeout(() => socket.destroy(), attachMs);
      socket.once('close', () => clearTimeout(end));
    });
    forwarded.once('response', (answer) => {
      isAnswered = true;
      socket.write(formatHead(answer, ['Connection: close']));
      answer.on('error', () => socket.destroy()).pipe(socket);
      socket.once('close', () => answer.destroy());
    });
    forwarded.on('error', () => (isAnswered ? socket.destroy() : answerUpgrade(socket, 502, '')));
    socket.once('close', () => {
      if (!isAnswered) forwarded.destroy();
    });
    forwarded.end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(ports.kubelet, '127.0.0.1', resolve);
  });
  return () => closeServer(server);
}

/** The path for kwok, or why there is none. */
function choosePath(
  { url = '/' }: IncomingMessage,
  execKey: string | null,
): string | { readonly status: number; readonly message: string } {
  if (openPath.test(url)) return url;
  if (!execPath.test(url)) return { status: 404, message: unknownPath };
  if (execKey === null) return { status: 403, message: execIsOff };
  return url.replace(execPath, (_all, before: string) => `${before}${execKey}`);
}

function forward({ kwok }: Ports, { method = 'GET', rawHeaders }: IncomingMessage, path: string): ClientRequest {
  return requestHttp({ host: '127.0.0.1', port: kwok, method, path, headers: rawHeaders, agent: false });
}

function joinSockets(left: Duplex, right: Duplex): void {
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.on('error', () => to.destroy());
    // What is still buffered must arrive before the end.
    from.once('close', () => (from.readableEnded ? to.end(() => to.destroy()) : to.destroy()));
    from.pipe(to);
  }
}

/** Formats the head of a response; the chunks of its body are joined. */
function formatHead(answer: IncomingMessage, more: readonly string[] = []): string {
  const { statusCode = 502, statusMessage = '', rawHeaders } = answer;
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !/^transfer-encoding$/i.test(name) ? [`${name}: ${rawHeaders[index + 1]}`] : [],
  );
  return `${[`HTTP/1.1 ${statusCode} ${statusMessage}`, ...headers, ...more].join('\r\n')}\r\n\r\n`;
}

function answerUpgrade(socket: Duplex, status: number, message: string): void {
  const headers = [`Content-Length: ${Buffer.byteLength(message)}`, 'Content-Type: text/plain', 'Connection: close'];
  socket.end(`${[`HTTP/1.1 ${status} `, ...headers].join('\r\n')}\r\n\r\n${message}`);
}
