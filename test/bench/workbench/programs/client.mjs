// Measures a stand-in directly and through the proxy of `snoop exec`, in turns. Arguments: the stand-in's URL, its CA
// file, the number of requests, megabytes of the large body. Prints the times as JSON.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const [url = '', ca = '', requests = '0', megabytes = '0'] = process.argv.slice(2);
const { SNOOP_PROXY, SNOOP_PROXY_CA, SNOOP_PROXY_TOKEN } = process.env;
const ways = {
  direct: { url, options: { agent: new Agent({ keepAlive: true, ca: readFileSync(ca) }) } },
  proxy: {
    url: SNOOP_PROXY,
    options: {
      agent: new Agent({ keepAlive: true, ca: readFileSync(SNOOP_PROXY_CA) }),
      headers: { Authorization: `Bearer ${SNOOP_PROXY_TOKEN}` },
    },
  },
};

function time(way, path) {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(`${ways[way].url}${path}`, ways[way].options, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.resume();
      response.on('end', () => resolve(performance.now() - startedAt));
    });
    request.on('error', reject);
  });
}

const times = { direct: [], proxy: [] };
const largeMs = { direct: [], proxy: [] };
const path = '/api/v1/namespaces/a/configmaps/a';
for (let count = 0; count < 200; count += 1) for (const way of Object.keys(ways)) await time(way, path);
for (let count = 0; count < Number(requests); count += 1) {
  for (const way of Object.keys(ways)) times[way].push(await time(way, path));
}
for (let count = 0; count < 3; count += 1) {
  for (const way of Object.keys(ways)) largeMs[way].push(await time(way, `/large/${megabytes}`));
}
console.log(JSON.stringify({ times, largeMs }));
process.exit(0);
