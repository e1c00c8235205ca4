import { fileURLToPath } from 'node:url';

/** The project's folder: the paths in its kind configurations count from here. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Of the clusters that tests make; `can-run.mjs` says whether it is here. */
export const nodeImage = process.env.SNOOP_KIND_IMAGE || 'kindest/node:v1.37.0';

export const version = '0.1.0';

/** What is built, loaded and run. */
export const images = ['snoopdb', 'auditlogger', 'workbench'].map((name) => `localhost/snoop/${name}:${version}`);
