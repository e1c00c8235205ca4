import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { readPlace } from './src/app/place.ts';
import { writeShell } from '../src/ui/page/shell.ts';

/** Where `npm run dev:ui` gets its data: a running `snoop ui`. */
const server = 'http://127.0.0.1:9909';

export default defineConfig({
  // Pages are at different depths, also below a sub-path of a file server.
  base: './',
  plugins: [svelte(), servePages()],
  build: { manifest: true, target: 'es2022', rolldownOptions: { input: 'src/main.ts' } },
  server: { proxy: { '/data': { target: server, ws: true } } },
});

/** Answers each page's URL in development, as `snoop ui` does. */
function servePages(): Plugin {
  return {
    name: 'snoop-pages',
    apply: 'serve',
    configureServer({ middlewares, transformIndexHtml }) {
      middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? '/', server);
        if (url.pathname === '/') return void response.writeHead(302, { location: 'live.html' }).end();
        const place = readPlace(url, new URL('/', server));
        if (place === null) return next();
        const { page, release } = place;
        const settings = { page, release, root: '/', isLive: true, version: 'development' };
        const html = writeShell(settings, { script: 'src/main.ts', styles: [] }, { title: 'snoop', body: '' });
        // Vite adds inline scripts.
        const open = html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>\n/, '');
        transformIndexHtml(url.pathname, open).then(
          (text) => response.setHeader('content-type', 'text/html').end(text),
          next,
        );
      });
    },
  };
}
