/** How many events of a log came in a shape. */
export interface ShapeCount {
  shape: string;
  events: number;
}

/** What a log should have held, for people. */
export const expectedLog =
  'Expected are audit events of a kube-apiserver, for example {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"…","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list"}: one a line, an EventList or an array of them, or wrapped by AKS, EKS (CloudWatch), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector or filebeat.';

/** Shapes nest, so the sender of a log could otherwise choose how many names are kept. */
const mostShapes = 30;
const otherShapes = 'other shapes';

/** Counts the events of a log by their shapes. */
export class ShapeCounts {
  readonly #counts = new Map<string, number>();

  add(shape: string): void {
    const known = this.#counts.get(shape);
    const name = known === undefined && this.#counts.size >= mostShapes ? otherShapes : shape;
    this.#counts.set(name, (known ?? this.#counts.get(name) ?? 0) + 1);
  }

  /** The most frequent one first. */
  list(): ShapeCount[] {
    return [...this.#counts]
      .map(([shape, events]) => ({ shape, events }))
      .sort((a, b) => b.events - a.events || (a.shape < b.shape ? -1 : 1));
  }
}
