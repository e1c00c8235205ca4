export {
  acquireEmbeddedServer,
  hasEmbeddedDatabase,
  inspectEmbeddedServer,
  purgeEmbeddedServer,
  purgeUnusedServer,
} from './server.ts';
export type { EmbeddedServer, EmbeddedServerState } from './server.ts';
