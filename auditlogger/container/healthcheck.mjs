// For Docker: exit code 0 when the auditlogger beside this process answers that it runs. There is no shell in the image.
//   node healthcheck.mjs [PORT]
import { request } from 'node:http';

const port = process.argv[2] ?? 9900;
const asked = request({ host: '127.0.0.1', port, path: '/healthz', timeout: 4000 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
});
asked.on('timeout', () => asked.destroy(new Error('no answer')));
asked.on('error', () => process.exit(1));
asked.end();
