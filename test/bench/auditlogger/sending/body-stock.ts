import { createEventMaker, type KnownEndpoint } from '../../measurement/made-events.ts';

/** User agents of as many tests, beside some controllers: what a cluster has at a time. */
const tests = 300;
/** So many events at least differ in more than their audit ids. */
export const differentEvents = 6400;
const digits = 8;
const opening = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[';
const closing = ']}\n';

/** A whole request, head and body, as its bytes. */
export interface MadeRequest {
  readonly bytes: Buffer;
  /** Where in it the events' audit ids are. */
  readonly idsAt: readonly number[];
}

/**
 * Requests that were made before they are needed: to send one again, new audit ids are written into it, which takes
 * next to nothing and makes it another body.
 */
export class BodyStock {
  /** That of the next event, whatever stock it is taken from. */
  static nextNumber = 1;

  readonly #makeEvent: (number: number) => string;
  readonly #eventsPerBody: number;
  readonly #free: MadeRequest[] = [];
  #made = 0;

  constructor(endpoints: readonly KnownEndpoint[], eventsPerBody: number) {
    this.#makeEvent = createEventMaker(endpoints, tests);
    this.#eventsPerBody = eventsPerBody;
  }

  /** Makes requests until there are so many. */
  fill(count: number): void {
    while (this.#made < count) this.#free.push(this.#make());
  }

  /** A request with audit ids of its own. It must be given back, and not before its bytes are sent. */
  take(): MadeRequest {
    // The one that was given back first: so that all take part.
    const request = this.#free.shift() ?? this.#make();
    for (const at of request.idsAt) {
      request.bytes.write(BodyStock.nextNumber.toString(16).padStart(digits, '0'), at, digits, 'latin1');
      BodyStock.nextNumber += 1;
    }
    return request;
  }

  giveBack(request: MadeRequest): void {
    this.#free.push(request);
  }

  #make(): MadeRequest {
    const first = this.#made * this.#eventsPerBody;
    this.#made += 1;
    const events = Array.from({ length: this.#eventsPerBody }, (_, index) => this.#makeEvent(first + index));
    const body = `${opening}${events.join(',')}${closing}`;
    const head = `POST /events HTTP/1.1\r\nhost: auditlogger\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const bytes = Buffer.from(head + body);
    const idsAt: number[] = [];
    const key = '"auditID":"';
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) idsAt.push(at + key.length);
    return { bytes, idsAt };
  }
}
