export { acquireEmbeddedServer, inspectEmbeddedServer, purgeEmbeddedServer } from './server.ts';
export type { EmbeddedServer, EmbeddedServerState } from './server.ts';
