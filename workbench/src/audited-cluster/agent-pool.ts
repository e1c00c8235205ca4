import { createHash } from 'node:crypto';
import type { Agent, ClientRequest, RequestOptions } from 'node:http';

/** Called with every request before its head leaves; may set headers. A throw makes the request fail. */
export type RequestStamp = (request: ClientRequest) => void;

/** Connections are kept for the whole worker: a test with 2,000 requests, or 2,000 tests, make few handshakes. */
const pool = new Map<string, Agent>();

/**
 * An agent that stamps every request and sends it over connections shared with all agents of the same credentials.
 *
 * Every request of Node, of whatever library, reaches its agent's `addRequest` before its head is written: also each hop
 * of a redirect, and the WebSocket handshakes. The stamped agent is a thin view of the shared one, because several tests
 * share connections but not their stamps.
 *
 * @param made the agent a library wants to use; it becomes the shared one when none of its kind is there yet
 * @param route what tells agents apart beside their TLS options, e.g. a proxy
 * @param server where the cluster is; a redirect that leads elsewhere is none of the test's requests
 */
export function stampAgent(made: Agent, route: string, server: URL, stamp: RequestStamp): Agent {
  const shared = getSharedAgent(made, route);
  const addRequest: unknown = Reflect.get(shared, 'addRequest');
  if (typeof addRequest !== 'function')
    throw new TypeError('This HTTP agent has no addRequest: requests cannot be recorded.');
  const stamped: Agent = Object.create(shared, {
    addRequest: {
      value(request: ClientRequest, options: RequestOptions, ...rest: unknown[]): void {
        if (isSameServer(server, options)) stamp(request);
        Reflect.apply(addRequest, shared, [request, options, ...rest]);
      },
    },
  });
  return stamped;
}

function getSharedAgent(made: Agent, route: string): Agent {
  const options: unknown = Reflect.get(made, 'options');
  // Those for http and for https have one name.
  const key = fingerprint(`${made.constructor.name} ${String(Reflect.get(made, 'protocol'))} ${route}`, options);
  const known = pool.get(key);
  if (known) return known;
  // The client library makes an agent for each request and lets its connection close.
  if (typeof options === 'object' && options !== null) Object.assign(options, { keepAlive: true });
  Object.assign(made, { keepAlive: true });
  pool.set(key, made);
  return made;
}

/** Agents with the same TLS material and settings are the same; a rotated certificate makes another one. */
function fingerprint(kind: string, options: unknown): string {
  const hash = createHash('sha256').update(kind);
  if (typeof options === 'object' && options !== null) {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || name === 'keepAlive') continue;
      hash.update(`\0${name}\0`).update(Buffer.isBuffer(value) ? value : (JSON.stringify(value) ?? String(value)));
    }
  }
  return hash.digest('hex');
}

function isSameServer(server: URL, target: RequestOptions): boolean {
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  return (
    withoutBrackets(target.host ?? '') === withoutBrackets(server.hostname) && String(target.port ?? port) === port
  );
}

/** An IPv6 address stands in brackets in a URL, and without them in Node's options. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
