/** The number of a log's events with a shape. */
export interface ShapeCount {
  shape: string;
  events: number;
}

/** Advice for a log without events. */
export const expectedLog =
  'Expected are audit events of a kube-apiserver, for example {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"…","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list"}: one a line, an EventList or an array of them, or wrapped by AKS, EKS (CloudWatch), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector or filebeat.';

/** Since shapes nest, a log could otherwise fill the memory with their names. */
const maxShapes = 30;
const otherShapes = 'other shapes';

/** Counts the events of a log by their shapes. */
export class ShapeCounts {
  readonly #counts = new Map<string, number>();

  add(shape: string): void {
    const known = this.#counts.get(shape);
    const name = known === undefined && this.#counts.size >= maxShapes ? otherShapes : shape;
    this.#counts.set(name, (known ?? this.#counts.get(name) ?? 0) + 1);
  }

  /** Lists the shapes, the most frequent first. */
  list(): ShapeCount[] {
    return [...this.#counts]
      .map(([shape, events]) => ({ shape, events }))
      .sort((a, b) => b.events - a.events || (a.shape < b.shape ? -1 : 1));
  }
}
