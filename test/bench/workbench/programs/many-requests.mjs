// Sends requests through the proxy of `snoop exec`, ten at a time. Argument: how many.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const requests = Number(process.argv[2]);
const { SNOOP_PROXY, SNOOP_PROXY_CA, SNOOP_PROXY_TOKEN } = process.env;
const agent = new Agent({ keepAlive: true, ca: readFileSync(SNOOP_PROXY_CA) });
const headers = { Authorization: `Bearer ${SNOOP_PROXY_TOKEN}` };

function send(number) {
  return new Promise((resolve, reject) => {
    const url = `${SNOOP_PROXY}/api/v1/namespaces/default/pods?limit=${number + 1}`;
    const request = get(url, { agent, headers }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}

async function sendEvery(first) {
  for (let number = first; number < requests; number += 10) await send(number);
}

await Promise.all(Array.from({ length: 10 }, (_none, first) => sendEvery(first)));
