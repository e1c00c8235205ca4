import { loadNeededReleases } from '@snoop/snoopdb';
import { defineCommand, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import { once } from 'node:events';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { parseCount } from '../command-line/flag-values.ts';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { serveUi } from '../ui/serve.ts';

const flags = {
  port: valueFlag('--port <PORT>', 'on 127.0.0.1', parseCount).defaultsToWhat('9909'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop ui',
  title: 'serve the page of the API and its tests',
  usage: ['snoop ui [options]'],
  about: 'Prints the address of the page and serves it until Ctrl-C. No request changes anything.',
  flags,
  environment: databaseEnvironment,
  examples: `
snoop ui
snoop ui --port 8080`,
  exitCodes: '130 ended by Ctrl-C · 2 wrong use, or the port is in use · 3 SnoopDB does not answer',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop ui', ifMissing: 'shipped data' }, async ({ pool }) => {
    await loadNeededReleases(pool, 'baseline');
    const ui = await serveUi({ pool, port: values.port ?? 9909 });
    context.stdout.write(`${ui.url}\n`);
    if (!context.signal.aborted) await once(context.signal, 'abort');
    await ui.close();
    return 0;
  });
}
