// A process that uses an embedded server until its stdin ends: node --import tsx server-user.ts <folder>
import { acquireEmbeddedServer } from '@snoop/snoopdb';

const [folder = ''] = process.argv.slice(2);
const server = await acquireEmbeddedServer({ folder, user: `user ${process.pid}` });
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
for await (const _ of process.stdin) {
  // Until the end of it.
}
await server.release();
