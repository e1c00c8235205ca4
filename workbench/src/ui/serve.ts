import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SnoopError } from '../errors.ts';
import { version } from '../version.ts';
import { createUi, type UiOptions } from './app.ts';
import { readAssets } from './page/assets.ts';

export interface RunningUi {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page on loopback.
 * @param options.port 0: any free port
 * @throws SnoopError `port_in_use`; `missing_program_file` if the page is not built
 */
export async function serveUi({ pool, port }: Pick<UiOptions, 'pool'> & { readonly port: number }): Promise<RunningUi> {
  const server = createServer(createUi({ pool, assets: await readAssets(), version }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  }).catch((error: unknown) => {
    throw new SnoopError('port_in_use', `Port ${port} of 127.0.0.1 cannot be used.`, {
      cause: error,
      exitCode: 2,
      advice: ['Use another one: --port PORT'],
    });
  });
  const { port: used } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${used}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
