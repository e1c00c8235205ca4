import { wrongUse } from '../errors.ts';
import { findNearest } from '@snoop/snoopdb/command-line';
import type { SubCommand } from '../command-line/command.ts';
import type { Context } from '../context.ts';

export const help = `snoop kind: what a kind cluster is made from: the images of this project, and the cluster's configuration

Usage: snoop kind images                         build the images of SnoopDB, auditlogger and workbench with docker
       snoop kind lint FILE [options]            say what of a kind configuration would silently not work

'snoop up --kind' does all of it; these are for a cluster that is made by hand:

  npm run images
  kind create cluster --config kind/kind.yaml
  kind load docker-image localhost/snoop/{snoopdb,auditlogger,workbench}:0.1.0 --name snoop --nodes snoop-control-plane
  kubectl apply -k manifests/kind

Options of lint:
      --release X.Y.Z      a Kubernetes release (default: what the node images' tags say; every one where they say none)
      --output FORMAT      text (default) or json

Environment of images:
  BASE_IMAGE               a Debian with Node and npm (default: the one that the Dockerfiles name)
  DEBIAN_MIRROR            where Debian's packages are: http://mirror.example/debian
  NPM_CONFIG_REGISTRY      where npm's packages are
  KUBECTL_SOURCE           download (default; by KUBECTL_URL and KUBECTL_VERSION) or debian, of the base's release
  NODE_EXTRA_CA_CERTS      a file with authorities that the builds have to trust as well
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY
  SNOOP_BUILD_NETWORK      the network of the builds: host, where only this machine's reaches the packages

Examples:
  snoop kind images
  BASE_IMAGE=mirror.example/node:20.20.2-bookworm-slim snoop kind images
  snoop kind lint kind/kind.yaml --release 1.34.0

Exit codes: 0 built; lint: nothing is wrong, or there are warnings only · 1 lint: something is wrong · 2 wrong use · 3 could not do it
`;

const commands: Readonly<Record<string, () => Promise<SubCommand>>> = {
  images: () => import('./kind/images.ts'),
  lint: () => import('./kind/lint.ts'),
};

/** @returns what the sub-command returns */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load()).run(rest, context);
  const names = Object.keys(commands);
  const found = name === undefined ? 'snoop kind wants to know what to do.' : `snoop kind has no '${name}'.`;
  const [nearest] = name === undefined ? [] : findNearest(name, names, 1);
  throw wrongUse(
    found,
    nearest === undefined ? `It has: ${names.join(', ')}.` : `Did you mean 'snoop kind ${nearest}'?`,
    "'snoop kind --help' explains all.",
  );
}
