import { resolve } from 'node:path';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { chooseListenAddress, defaultPort, parseListenAddress, parsePort } from '../ui/access/listen-address.ts';
import { readToken } from '../ui/access/token.ts';
import { openBrowser } from '../ui/open-browser.ts';
import { runPage } from '../ui/run-page.ts';

const flags = {
  port: valueFlag('--port <PORT>', 'on 127.0.0.1; 0: any free port', parsePort).defaultsToWhat(String(defaultPort)),
  listen: valueFlag(
    '--listen <ADDRESS:PORT>',
    'another address; one that other machines can reach needs --token-file',
    parseListenAddress,
  ).conflicts('port'),
  tokenFile: valueFlag(
    '--token-file <FILE>',
    'a file with a token of 16 characters or more: only browsers that opened the printed link see the page',
  ),
  // A browser's command line, which all users can read, would have the token.
  open: switchFlag('--open', 'open a browser').conflicts('tokenFile'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop ui',
  title: 'serve the page of the API and its tests',
  usage: ['snoop ui [options]'],
  about: `
Prints the address of the page and serves it until Ctrl-C, from the SnoopDB in use, or from the data that ship with
snoop. The page shows events as they are committed. No request changes anything. 'snoop up' serves the page too.

Over --listen, the page is plain HTTP: use it in networks that you trust, or behind a TLS proxy. In a cluster, 'kubectl
port-forward' reaches a 'snoop ui' on 127.0.0.1 of a Pod.`,
  flags,
  environment: databaseEnvironment,
  examples: `
snoop ui
snoop ui --port 8080 --open
openssl rand -hex 32 > ui.token
snoop ui --listen 0.0.0.0:9909 --token-file ui.token`,
  exitCodes: '130 ended by Ctrl-C · 2 wrong use, or the port is in use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, cwd, progress, stdout, signal } = context;
  const { port, listen, tokenFile, databaseUrl } = values;
  const address = chooseListenAddress({ port, listen, hasToken: tokenFile !== undefined });
  const token = tokenFile === undefined ? null : await readToken(resolve(cwd, tokenFile));
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  await runPage(context, {
    ...{ stateFolder, databaseUrl, address, token, signal },
    onReady({ url }) {
      stdout.write(`${url}${token === null ? '' : `?token=${encodeURIComponent(token)}`}\n`);
      if (values.open) void open(url);
    },
  });
  return 0;

  async function open(url: string): Promise<void> {
    const problem = await openBrowser(url, environment.path);
    if (problem !== null) progress.print(`No browser was opened: ${problem}`);
  }
}
