import type { Context } from '../../context.ts';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { buildImages, ownImages } from '../../kind/images.ts';

/** Prints the names of the images. */
export const command = defineCommand({
  name: 'snoop kind images',
  title: 'build the images of SnoopDB, auditlogger and workbench with docker',
  usage: ['snoop kind images'],
  flags: {},
  environment: {
    BASE_IMAGE: 'a Debian image with Node and npm (default: the one in the Dockerfiles)',
    DEBIAN_MIRROR: 'a mirror of Debian: http://mirror.example/debian',
    NPM_CONFIG_REGISTRY: 'the npm registry',
    KUBECTL_SOURCE: "download (default; see KUBECTL_URL, KUBECTL_VERSION), or debian: the base image's package",
    NODE_EXTRA_CA_CERTS: 'a file with CAs that the builds also trust',
    'HTTP_PROXY, HTTPS_PROXY, NO_PROXY': 'as usual',
    SNOOP_BUILD_NETWORK: "host, if the builds need this machine's network",
  },
  examples: `
snoop kind images
BASE_IMAGE=mirror.example/node:20.20.2-bookworm-slim snoop kind images`,
  exitCodes: '0 built · 2 wrong use · 3 could not do it',
  run,
});

async function run(_given: unknown, context: Context): Promise<number> {
  const { environment, progress, signal } = context;
  await buildImages({ environment, progress, signal, onCommand: (command) => progress.print(`+ ${command}`) });
  for (const { reference } of ownImages) context.stdout.write(`${reference}\n`);
  return 0;
}
