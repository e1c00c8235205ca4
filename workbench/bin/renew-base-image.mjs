#!/usr/bin/env node
/**
 * Renews the pin of the base image, tag and digest, in every file that names it:
 *
 *   npm run renew:base-image -- https://registry.example/v2/library/node
 *
 * The URL is the repository's in a registry's API. The tag becomes the newest of the same major version and variant, the
 * digest that of its index for all platforms (OCI distribution specification). Needs only Node.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const files = ['Dockerfile', 'snoopdb/Dockerfile', 'kind/README.md'];
const pinPattern = /\bnode:((\d+)\.\d+\.\d+)(-[a-z][a-z-]*)@(sha256:[0-9a-f]{64})/g;
const platforms = ['linux/amd64', 'linux/arm64'];
const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
/** Bounds for the answers of a registry. */
const maxBytes = 8 * 1024 ** 2;
const maxPages = 200;
const timeoutMs = 30_000;

/** An error whose message is printed; other errors are bugs of this script. */
class RenewError extends Error {
  constructor(message, exitCode = 3) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function renew() {
  const repository = readAddress(process.argv.slice(2));
  const pin = readPin();
  const registry = { repository, token: null };
  const tag = chooseTag(await listTags(registry), pin);
  const digest = await readDigest(registry, tag);
  const renewed = `node:${tag}@${digest}`;
  if (renewed === pin.text) return `${pin.text} is the newest; nothing was changed.`;
  for (const file of files) {
    const path = join(root, file);
    writeFileSync(`${path}.draft`, readFileSync(path, 'utf8').replaceAll(pin.text, renewed));
    renameSync(`${path}.draft`, path);
  }
  return `${pin.text}\n-> ${renewed}\nin ${files.join(', ')}`;
}

function readAddress(args) {
  const usage = 'npm run renew:base-image -- https://registry.example/v2/library/node';
  const url = args.length === 1 && URL.canParse(args[0]) ? new URL(args[0]) : null;
  if (url === null) throw new RenewError(`The URL of the image's repository in a registry is missing: ${usage}`, 2);
  if (!isTrusted(url)) throw new RenewError(`${url.origin} is not https and not this machine: use https.`, 2);
  if (!/^\/v2\/.+[^/]$/.test(url.pathname) || url.search !== '') {
    throw new RenewError(`'${args[0]}' is not the URL of a repository: ${usage}`, 2);
  }
  return url;
}

/** Plain HTTP is trusted only from this machine. */
function isTrusted({ protocol, hostname }) {
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

function readPin() {
  const pins = files.map((file) => {
    const found = [...readFileSync(join(root, file), 'utf8').matchAll(pinPattern)];
    if (found.length === 0) throw new RenewError(`${file} names no base image with tag and digest.`);
    return found.map(([text, version, major, variant]) => ({ text, version, major, variant }));
  });
  const [first, ...others] = pins.flat();
  const other = others.find(({ text }) => text !== first.text);
  if (other) throw new RenewError(`The files name two base images, ${first.text} and ${other.text}: use only one.`);
  return first;
}

async function listTags(registry) {
  const tags = [];
  let page = new URL(`${registry.repository}/tags/list?n=1000`);
  for (let pages = 0; page !== null; pages++) {
    if (pages === maxPages) throw new RenewError(`The list of tags does not end after ${maxPages} pages.`);
    const { body, headers } = await ask(registry, page, 'application/json');
    const list = parseJson(body, page).tags;
    if (!Array.isArray(list)) throw new RenewError(`${page} lists no tags.`);
    tags.push(...list.filter((tag) => typeof tag === 'string'));
    const next = /^\s*<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
    const following = next === undefined ? null : new URL(next, page);
    if (following !== null && following.origin !== page.origin) {
      throw new RenewError(`The list of tags continues at ${following.origin}, which is not the registry.`);
    }
    page = following;
  }
  return tags;
}

/** Chooses the newest tag of the pin's major version and variant, not older than the pin. */
function chooseTag(tags, { major, variant, version }) {
  const numbers = (text) => text.split('.').map(Number);
  const compare = (a, b) =>
    numbers(a)
      .map((number, at) => number - numbers(b)[at])
      .find((difference) => difference !== 0) ?? 0;
  const versions = tags
    .filter((tag) => tag.endsWith(variant))
    .map((tag) => tag.slice(0, -variant.length))
    .filter((text) => /^\d+\.\d+\.\d+$/.test(text) && text.startsWith(`${major}.`));
  const newest = versions.sort(compare).at(-1);
  if (newest === undefined || compare(newest, version) < 0) {
    throw new RenewError(`The registry has no node:${version}${variant} or newer: is it the right registry?`);
  }
  return `${newest}${variant}`;
}

/** Computes the digest of the answer, and compares it with the registry's. */
async function readDigest(registry, tag) {
  const url = new URL(`${registry.repository}/manifests/${tag}`);
  const { body, headers } = await ask(registry, url, indexTypes.join(', '));
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const announced = headers.get('docker-content-digest');
  if (announced !== digest)
    throw new RenewError(`The registry announces node:${tag} with ${announced}, but sends ${digest}.`);
  const index = parseJson(body, url);
  if (!indexTypes.includes(index.mediaType ?? headers.get('content-type')) || !Array.isArray(index.manifests)) {
    throw new RenewError(`node:${tag} is not an index of images for several platforms.`);
  }
  const held = index.manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
  const missing = platforms.filter((platform) => !held.includes(platform));
  if (missing.length > 0) throw new RenewError(`node:${tag} has no image for ${missing.join(', ')}.`);
  return digest;
}

/** Sends a GET request, again with a token if the registry requires one. */
async function ask(registry, url, accept) {
  let answer = await get(url, { accept, ...credentials(registry) });
  if (answer.status === 401 && registry.token === null) {
    registry.token = await fetchToken(answer.headers.get('www-authenticate') ?? '');
    answer = await get(url, { accept, ...credentials(registry) });
  }
  if (answer.status !== 200) throw new RenewError(`${url} answered ${answer.status}.`);
  return answer;
}

function credentials({ token }) {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

async function fetchToken(challenge) {
  const values = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  if (!/^bearer /i.test(challenge) || !URL.canParse(values.realm ?? '')) {
    throw new RenewError(`The registry requires unsupported credentials: ${challenge}`);
  }
  const realm = new URL(values.realm);
  if (!isTrusted(realm)) throw new RenewError(`The registry's tokens come from ${realm.origin}, which is not https.`);
  for (const name of ['service', 'scope']) if (values[name]) realm.searchParams.set(name, values[name]);
  const { status, body } = await get(realm, { accept: 'application/json' });
  if (status !== 200) throw new RenewError(`${realm.origin} answered ${status} and gave no token.`);
  const { token, access_token: other } = parseJson(body, realm.origin);
  if (typeof (token ?? other) !== 'string') throw new RenewError(`${realm.origin} gave no token.`);
  return token ?? other;
}

async function get(url, headers) {
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    const parts = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (bytes > maxBytes) throw new RenewError(`${url} answers with more than ${maxBytes} bytes.`);
      parts.push(part);
    }
    return { status: response.status, headers: response.headers, body: Buffer.concat(parts) };
  } catch (error) {
    if (error instanceof RenewError) throw error;
    throw new RenewError(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  }
}

function parseJson(body, from) {
  try {
    const value = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Reported below.
  }
  throw new RenewError(`The answer of ${from} is not a JSON object.`);
}

try {
  process.stdout.write(`${await renew()}\n`);
} catch (error) {
  if (!(error instanceof RenewError)) throw error;
  process.stderr.write(`renew-base-image: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
