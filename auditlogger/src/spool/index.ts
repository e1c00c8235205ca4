export { openSpool } from './spool.ts';
export { withSpool } from './spooled-store.ts';
