// For Docker: exit code 0 when the auditlogger beside this process answers that it runs. There is no shell in the image.
//   node healthcheck.mjs [PORT]
// The port is that of SNOOP_LISTEN unless it is named; whether it serves TLS is tried out.
import { request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';

const port = process.argv[2] ?? /:(\d+)$/.exec(process.env.SNOOP_LISTEN ?? '')?.[1] ?? 9900;

/** @returns {Promise<boolean>} */
function ask(request) {
  return new Promise((resolve) => {
    // Only that it runs is asked, and nothing told: whose certificate it is does not matter.
    const options = { host: '127.0.0.1', port, path: '/healthz', timeout: 2000, rejectUnauthorized: false };
    const asked = request(options, ({ statusCode }) => resolve(statusCode === 200));
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

process.exit((await ask(requestPlainly)) || (await ask(requestSecurely)) ? 0 : 1);
