import type { ExecSettings } from './exec-programs.ts';

/** How simulated nodes run. Their number is that of the Node objects in the cluster. */
export interface NodeSettings {
  /** How exec runs programs; null: it is refused. */
  readonly exec: ExecSettings | null;
}

/** The nodes that `snoop up` is to provide. */
export interface WantedNodes {
  /** 0: none, and no programs for them. */
  readonly count: number;
  /** Whether exec runs programs of this machine. */
  readonly exec: boolean;
}

/** Each node renews its Lease every ten seconds, which is an audit event. */
export const maxNodes = 100;
