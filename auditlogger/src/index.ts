export { readConfig } from './config.ts';
export type { Config } from './config.ts';
export { main } from './main.ts';
