export { acquireEmbeddedServer, hasEmbeddedDatabase, inspectEmbeddedServer, purgeEmbeddedServer } from './server.ts';
export type { EmbeddedServer, EmbeddedServerState } from './server.ts';
