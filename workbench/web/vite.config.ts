import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  // Pages are at different depths, also below a sub-path of a file server.
  base: './',
  plugins: [svelte()],
  build: { manifest: true, target: 'es2022', rolldownOptions: { input: 'src/main.ts' } },
});
