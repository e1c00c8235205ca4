import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Does something when the test, or all tests of the file, are finished. */
export type AtEnd = (act: () => Promise<void>) => void;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.gz': 'application/gzip',
};

/**
 * Serves a folder's files below `/some/path/`, as a plain file server does, until the test ends.
 * @param options.atEnd of the file: `afterAll`
 * @param options.unpacks whether it declares `.gz` files as gzipped content, which browsers unpack
 * @returns the URL of the folder
 */
export async function serveFolder(
  folder: string,
  { unpacks = false, atEnd = onTestFinished }: { readonly unpacks?: boolean; readonly atEnd?: AtEnd } = {},
): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname.replace(/^\/some\/path\//, '') || 'index.html';
    readFile(join(folder, name)).then(
      (content) => {
        const type = extname(name);
        response.setHeader('content-type', types[type] ?? 'application/octet-stream');
        if (unpacks && type === '.gz') response.setHeader('content-encoding', 'gzip');
        response.end(content);
      },
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/path/`;
}
