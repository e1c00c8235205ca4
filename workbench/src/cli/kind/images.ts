import type { Context } from '../../context.ts';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { buildImages, ownImages } from '../../kind/images.ts';

/** `snoop kind images`. Answers 0: all are built; their names are the answer. */
export const command = defineCommand({
  name: 'snoop kind images',
  title: 'build the images of SnoopDB, auditlogger and workbench with docker',
  usage: ['snoop kind images'],
  flags: {},
  environment: {
    BASE_IMAGE: 'a Debian with Node and npm (default: the one that the Dockerfiles name)',
    DEBIAN_MIRROR: "where Debian's packages are: http://mirror.example/debian",
    NPM_CONFIG_REGISTRY: "where npm's packages are",
    KUBECTL_SOURCE: "download (default; by KUBECTL_URL and KUBECTL_VERSION) or debian, of the base's release",
    NODE_EXTRA_CA_CERTS: 'a file with authorities that the builds have to trust as well',
    'HTTP_PROXY, HTTPS_PROXY, NO_PROXY': 'as usual',
    SNOOP_BUILD_NETWORK: "the network of the builds: host, where only this machine's reaches the packages",
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
