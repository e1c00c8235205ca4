export { openSpool } from './spool.ts';
export type { Spool, SpoolOptions } from './spool.ts';
export { SpoolError } from './spool-error.ts';
export { withSpool } from './spooled-store.ts';
export type { SpooledStore } from './spooled-store.ts';
