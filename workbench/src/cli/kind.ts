import type { Context } from '../context.ts';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { command as images } from './kind/images.ts';
import { command as lint } from './kind/lint.ts';

export const command = defineCommand<Record<string, never>, Context, Promise<number>>({
  name: 'snoop kind',
  title: "build this project's images, and check a cluster's configuration",
  usage: ['snoop kind <command> [options]'],
  about: `
'snoop up --kind' does everything. To create a cluster by hand:

  npm run images
  kind create cluster --config kind/kind.yaml
  kind load docker-image localhost/snoop/{snoopdb,auditlogger,workbench}:0.1.0 \\
    --name snoop --nodes snoop-control-plane
  kubectl apply -k manifests/kind`,
  flags: {},
  commands: [images, lint],
  examples: `
snoop kind images
snoop kind lint kind/kind.yaml --release 1.34.0`,
  exitCodes: 'those of the command · 2 wrong use',
});
