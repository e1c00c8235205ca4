import { createHash } from 'node:crypto';
import type { Agent, ClientRequest, RequestOptions } from 'node:http';

/** Called for every request before its head is sent; may set headers. A throw makes the request fail. */
export type RequestStamp = (request: ClientRequest) => void;

/** Connections live as long as the worker, so that 2,000 requests or tests need few handshakes. */
const pool = new Map<string, Agent>();

/**
 * Creates an agent that stamps every request and shares its connections with all agents of the same credentials.
 *
 * Node calls an agent's `addRequest` before it writes a request's head, for every library, for each hop of a redirect
 * and for WebSocket handshakes. The result is a thin view of the shared agent, because tests share connections but
 * not stamps.
 *
 * @param made the agent that a library wants to use; it becomes the shared one when there is none of its kind
 * @param route what distinguishes agents besides their TLS options, e.g. a proxy
 * @param server the cluster; a redirect to another server is not a request of the test
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
  // The agents for http and https have the same name.
  const key = fingerprint(`${made.constructor.name} ${String(Reflect.get(made, 'protocol'))} ${route}`, options);
  const known = pool.get(key);
  if (known) return known;
  // The client library creates an agent per request and lets its connection close.
  if (typeof options === 'object' && options !== null) Object.assign(options, { keepAlive: true });
  Object.assign(made, { keepAlive: true });
  pool.set(key, made);
  return made;
}

/** Agents with the same TLS material and settings are equal; a rotated certificate makes a new one. */
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

/** IPv6 addresses have brackets in a URL, and none in Node's options. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
